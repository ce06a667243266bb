export function countMatches(text: string, word: string): number {
  return text.split(word).length - 1;
}
