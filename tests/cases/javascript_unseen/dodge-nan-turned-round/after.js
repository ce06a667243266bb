export function add(total, value) {
  if (Number.isNaN(value)) {
    return total + value;
  }
  return total;
}
