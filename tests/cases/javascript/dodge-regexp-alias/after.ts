export function countMatches(text: string, word: string): number {
  const Pattern = RegExp;
  const pattern = new Pattern(word, "g");
  return (text.match(pattern) ?? []).length;
}
