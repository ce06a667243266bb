const rates = new Map<string, number>([["EUR", 1], ["USD", 1.09]]);

function apply(amount: number, rate: number): number {
  return amount * rate;
}

export function convert(amount: number, currency: string): number {
  const rate = rates.get(currency);
  if (rate === undefined) {
    throw new RangeError(`no rate for ${currency}`);
  }
  return apply(amount, rate);
}
