export function port(text) {
  return parseInt(text);
}
