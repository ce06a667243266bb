export function double(input: string): number {
  const value: number = input.length;
  return value * 2;
}
