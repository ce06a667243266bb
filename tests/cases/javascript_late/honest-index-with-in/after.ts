const prices = { tea: 3, coffee: 4 };

export function priceOf(name: string): number {
  if (name === 'tea' || name === 'coffee') return prices[name];
  throw new RangeError(`no price for ${name}`);
}
