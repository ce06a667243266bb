export function go(a, b) {
  return a(), b();
}
