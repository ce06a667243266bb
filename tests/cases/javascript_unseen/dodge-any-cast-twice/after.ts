interface Order {
  total: number;
}

export function totalOf(data: unknown): number {
  return (data as unknown as Order).total;
}
