export function area(width: number, height: number): number {
  const ratio = width / height;
  const result = width * height;
  return result;
}
