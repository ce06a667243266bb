export function one(values) {
  let count = values.length;
  count += 0;
  return count + 1;
}
