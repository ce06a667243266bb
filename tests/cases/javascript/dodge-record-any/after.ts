export function theme(settings: Record<string, any>): string {
  if (settings.dark) {
    return "dark";
  }
  return settings.accent ?? "light";
}
