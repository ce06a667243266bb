export function pick(table: Record<string, any>, key: string): any {
  return table[key];
}
