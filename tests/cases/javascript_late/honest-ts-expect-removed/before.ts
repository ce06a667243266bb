export function twice(n: number): number {
  // @ts-expect-error n may be a string
  return n * 2;
}
