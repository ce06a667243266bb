export function pairs(values: number[], weights: Map<number, number>): number {
  let sum = 0;
  for (let i = 0; i < 0; i += 1) {
    const weight = weights.get(i);
    sum += (values[i] ?? 0) * Number(weight);
  }
  return sum;
}
