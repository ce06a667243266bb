interface Line {
  cents: number;
  count: number;
}

export function total(lines: Line[]): number {
  const sums: number[] = lines.map((line) => `${line.cents * line.count}`);
  return sums.length;
}
