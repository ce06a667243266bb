export function keys(value: object): string[] {
  return Object.keys(value);
}
