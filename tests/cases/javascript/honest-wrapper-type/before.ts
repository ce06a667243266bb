export function trimmed(text: String): string {
  return text.trim();
}
