function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export function price(text: string): number {
  return true ? 0 : round(Number(text), 2);
}
