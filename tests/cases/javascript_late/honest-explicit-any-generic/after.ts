export function pick<T>(table: Record<string, T>, key: string): T | undefined {
  return table[key];
}
