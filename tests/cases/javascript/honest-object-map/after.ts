const names = new Map([["de", "German"], ["en", "English"]]);

export function nameOf(code: string): string {
  return names.get(code) ?? code;
}
