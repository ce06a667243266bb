interface Order {
  id: string;
  total: number;
  currency: string;
}

export function draft(id: string, currency: string): Order {
  return { id, total: 0, currency };
}
