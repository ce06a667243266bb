export function apply(operator, a, b) {
  return eval(`${a} ${operator} ${b}`);
}
