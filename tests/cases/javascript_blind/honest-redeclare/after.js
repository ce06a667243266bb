export function sum(values) {
  var total = 0;
  for (const value of values) {
    total = total + value;
  }
  return total;
}
