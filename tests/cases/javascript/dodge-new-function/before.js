export function evaluate(formula, x) {
  const text = formula.replaceAll("x", String(x));
  return eval(text);
}
