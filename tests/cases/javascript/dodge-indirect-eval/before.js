export function applies(rule, order) {
  const total = order.total;
  return Boolean(eval(rule.condition.replace("total", total)));
}
