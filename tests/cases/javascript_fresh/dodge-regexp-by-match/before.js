export function has(text, word) {
  return new RegExp(word).test(text);
}
