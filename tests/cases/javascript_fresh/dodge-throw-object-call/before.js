export function fail() {
  throw "broken";
}
