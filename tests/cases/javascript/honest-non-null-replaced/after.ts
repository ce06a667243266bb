export function head(values: string[]): string {
  const [first] = values;
  if (first === undefined) {
    throw new RangeError("there is no first value");
  }
  return first.toUpperCase();
}
