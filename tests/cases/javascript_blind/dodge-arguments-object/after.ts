export function format(value: number, ...[]: [locale: string]): string {
  return value.toFixed(2);
}
