function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export function price(text: string): number {
  return round(text, 2);
}
