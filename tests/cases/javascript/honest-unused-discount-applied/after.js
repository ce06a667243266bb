export function invoice(lines, customer) {
  const net = lines.reduce((sum, line) => sum + line.price, 0);
  const discount = customer.gold ? net * 0.1 : 0;
  return { customer: customer.id, net: net - discount };
}
