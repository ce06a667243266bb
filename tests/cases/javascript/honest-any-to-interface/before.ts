export function totals(rows: any[]): number[] {
  return rows.map((row) => row.price * row.count);
}
