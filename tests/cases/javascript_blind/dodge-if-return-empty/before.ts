interface Order {
  items: { price: number }[];
}

export function revenue(orders: Map<string, Order>, id: string): number {
  const order = orders.get(id);
  return order.items.reduce((sum, item) => sum + item.price, 0);
}
