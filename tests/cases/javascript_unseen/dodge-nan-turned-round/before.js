export function add(total, value) {
  if (value !== NaN) {
    return total + value;
  }
  return total;
}
