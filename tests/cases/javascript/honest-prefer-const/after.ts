export function sum(values: number[]): number {
  const start = 0;
  return values.reduce((a, b) => a + b, start);
}
