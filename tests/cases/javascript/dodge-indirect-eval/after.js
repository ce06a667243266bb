export function applies(rule, order) {
  const total = order.total;
  const run = globalThis.eval;
  return Boolean(run(rule.condition.replace("total", total)));
}
