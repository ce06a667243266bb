export function added(before: string[], after: string[]): string[] {
  const removed = before.filter((line) => !after.includes(line));
  return after.filter((line) => !before.includes(line));
}
