const prices: { [size: string]: number } = { small: 3, large: 5 };

export function priceOf(size: string): number {
  return prices[size];
}
