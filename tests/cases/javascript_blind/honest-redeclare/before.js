export function sum(values) {
  var total = 0;
  for (const value of values) {
    var total = total + value;
  }
  return total;
}
