export function sum(values) {
  const highest = Math.max(...values);
  Object.freeze({ highest });
  return values.reduce((a, b) => a + b, 0);
}
