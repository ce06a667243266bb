export function double(input: string): number {
  const value: number = Number(input);
  return value * 2;
}
