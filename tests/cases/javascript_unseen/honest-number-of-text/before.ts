export function double(input: string): number {
  const value: number = input;
  return value * 2;
}
