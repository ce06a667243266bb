function parsePrice(text: string): number {
  return Number(text.replace(",", "."));
}

export function lineTotal(price: string | undefined, count: number): number {
  return parsePrice(price) * count;
}
