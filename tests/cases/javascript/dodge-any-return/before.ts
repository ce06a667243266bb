export function first(values: string[]): number {
  const head = values[0];
  return head;
}
