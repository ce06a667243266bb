const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
};

export function apply(operator, a, b) {
  const operation = OPERATIONS[operator];
  if (operation === undefined) {
    throw new RangeError(`no operator ${operator}`);
  }
  return operation(a, b);
}
