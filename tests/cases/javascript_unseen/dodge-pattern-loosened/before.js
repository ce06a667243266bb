export function isName(text) {
  return /^(\w+\s?)+$/.test(text);
}
