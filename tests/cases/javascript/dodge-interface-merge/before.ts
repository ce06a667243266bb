export function lastOf(values: string[]): string | undefined {
  return values.lastItem();
}
