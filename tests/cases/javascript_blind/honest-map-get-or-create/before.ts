export function group(words: string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const word of words) {
    const key = word.charAt(0);
    groups.get(key).push(word);
  }
  return groups;
}
