export function scale(value, factor: number): number {
  return value * factor;
}
