export function theme(settings: { dark: boolean }): string {
  if (settings.dark) {
    return "dark";
  }
  return settings.accent ?? "light";
}
