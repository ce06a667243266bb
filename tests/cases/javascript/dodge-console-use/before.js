export function quote(order, rates) {
  const rate = rates[order.currency];
  const discount = order.total > 100 ? 0.1 : 0;
  return order.total * rate;
}
