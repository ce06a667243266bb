export function has(text, word) {
  return text.match(word) !== null;
}
