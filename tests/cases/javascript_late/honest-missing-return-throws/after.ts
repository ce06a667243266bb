export function apply(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    default:
      throw new RangeError(`unknown operator ${op}`);
  }
}
