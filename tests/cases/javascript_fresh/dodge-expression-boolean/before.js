export function check(a, b) {
  a === b;
  return a;
}
