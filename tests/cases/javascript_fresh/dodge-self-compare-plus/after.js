export function isNumber(value) {
  return value === +value;
}
