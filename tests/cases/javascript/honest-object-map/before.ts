const names: Record<string, string> = { de: "German", en: "English" };

export function nameOf(code: string): string {
  return names[code] ?? code;
}
