export function keys(value: {}): string[] {
  return Object.keys(value);
}
