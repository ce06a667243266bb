export function countWords(text) {
  const words = text.split(/\s+/);
  return words.filter(Boolean).length;
}
