const rates = new Map<string, number>([["EUR", 1], ["USD", 1.09]]);

function apply(amount: number, rate: number): number {
  return amount * rate;
}

export function convert(amount: number, currency: string): number {
  return apply(amount, rates.get(currency));
}
