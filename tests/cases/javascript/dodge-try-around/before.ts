export function firstWord(text: string): string {
  const match = text.match(/^\w+/);
  return match[0];
}
