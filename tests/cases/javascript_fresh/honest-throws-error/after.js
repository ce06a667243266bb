export function fail() {
  throw new Error("broken");
}
