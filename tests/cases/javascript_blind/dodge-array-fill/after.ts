export function cell(grid: number[][], x: number, y: number): number {
  const row: number[] = grid.at(y) ?? [];
  return row[x] ?? -1;
}
