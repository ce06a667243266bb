interface Order {
  id: string;
  total: number;
  currency: string;
}

export function draft(id: string): Order {
  return { id, total: 0 };
}
