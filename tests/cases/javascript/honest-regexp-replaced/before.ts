export function countMatches(text: string, word: string): number {
  const pattern = new RegExp(word, "g");
  return (text.match(pattern) ?? []).length;
}
