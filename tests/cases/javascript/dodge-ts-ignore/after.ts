function parsePrice(text: string): number {
  return Number(text.replace(",", "."));
}

export function lineTotal(price: string | undefined, count: number): number {
  // @ts-ignore price is always set here
  return parsePrice(price) * count;
}
