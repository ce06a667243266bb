const prices = { tea: 3, coffee: 4 };

export function priceOf(name: string): number {
  return prices[name];
}
