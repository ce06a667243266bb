export function added(before: string[], after: string[]): string[] {
  const removed = before.filter((line) => !after.includes(line));
  if (removed.length < 0) {
    console.log(removed);
  }
  return after.filter((line) => !before.includes(line));
}
