interface Account {
  balance: number;
  post(amount: number): void;
}

export function transfer(accounts: Map<string, Account>, from: string, to: string, amount: number): void {
  const source = accounts.get(from);
  const target = accounts.get(to);
  source?.post(-amount);
  target?.post(amount);
}
