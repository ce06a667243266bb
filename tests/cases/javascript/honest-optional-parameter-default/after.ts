export function pad(text: string, width = text.length): string {
  return text.padStart(width, " ");
}
