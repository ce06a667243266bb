export function total(rows) {
  let sum = 0;
  for (var index = 0; index < rows.length; index++) {
    sum += rows[index].price;
  }
  return sum;
}
