export function fail() {
  throw Object("broken");
}
