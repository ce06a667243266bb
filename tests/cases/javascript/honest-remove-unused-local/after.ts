export function area(width: number, height: number): number {
  const result = width * height;
  return result;
}
