const prices: { [key: string]: number } = { tea: 3, coffee: 4 };

export function priceOf(name: string): number {
  return prices[name];
}
