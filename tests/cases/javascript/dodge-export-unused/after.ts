export function strip(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

export function parse(text: string): string[] {
  return text.split(",");
}
