function charge(account: string, cents: number): string {
  return `${account}:${cents}`;
}

export function pay(order: { account?: string; cents: number }): string {
  return charge(order.account ?? "", order.cents);
}
