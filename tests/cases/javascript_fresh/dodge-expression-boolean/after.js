export function check(a, b) {
  Boolean(a === b);
  return a;
}
