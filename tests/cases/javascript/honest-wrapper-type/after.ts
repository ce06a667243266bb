export function trimmed(text: string): string {
  return text.trim();
}
