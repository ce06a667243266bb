export function isSame(a, b) {
  return !(a < b) && !(a > b);
}
