interface Row {
  price: number;
  count: number;
}

export function totals(rows: Row[]): number[] {
  return rows.map((row) => row.price * row.count);
}
