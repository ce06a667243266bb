export function group(words: string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const word of words) {
    const key = word.charAt(0);
    const group = groups.get(key) ?? [];
    group.push(word);
    groups.set(key, group);
  }
  return groups;
}
