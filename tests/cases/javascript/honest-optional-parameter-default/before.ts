export function pad(text: string, width?: number): string {
  return text.padStart(width.valueOf(), " ");
}
