export function lengthOf(value: string | undefined): number {
  if (value === undefined) {
    throw new TypeError("a value is needed");
  }
  return value.length;
}
