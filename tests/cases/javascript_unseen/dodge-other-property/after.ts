interface Order {
  id: number;
  total: number;
}

export function sum(orders: Order[]): number {
  return orders.reduce((all, order) => all + order.id, 0);
}
