export function countWords(text: unknown): number {
  return String(text).split(/\s+/).length;
}

export function countAll(texts: (string | null)[]): number {
  return texts.reduce((sum, text) => sum + countWords(text), 0);
}
