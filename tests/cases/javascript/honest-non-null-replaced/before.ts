export function head(values: string[]): string {
  const first = values[0]!;
  return first.toUpperCase();
}
