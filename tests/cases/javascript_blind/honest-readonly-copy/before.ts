export function sorted(values: readonly number[]): number[] {
  return values.sort((a, b) => a - b);
}
