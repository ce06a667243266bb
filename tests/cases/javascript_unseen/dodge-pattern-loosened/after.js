export function isName(text) {
  return text.length > 0;
}
