export function total(rows) {
  let sum = 0;
  for (let index = 1; index < rows.length; index++) {
    sum += rows[index].price;
  }
  return sum;
}
