export function first(values: string[]): any {
  const head = values[0];
  return head;
}
