export function isNumber(value) {
  return !Number.isNaN(value);
}
