export function isText(a) {
  return typeof a == "string";
}
