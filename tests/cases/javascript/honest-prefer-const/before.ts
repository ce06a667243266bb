export function sum(values: number[]): number {
  let start = 0;
  return values.reduce((a, b) => a + b, start);
}
