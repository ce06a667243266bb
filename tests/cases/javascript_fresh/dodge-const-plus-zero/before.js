export function one(values) {
  let count = values.length;
  return count + 1;
}
