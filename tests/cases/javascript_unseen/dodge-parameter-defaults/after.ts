export function scale(value = 1, factor: number): number {
  return value * factor;
}
