export function format(value: number): string {
  return value.toFixed(2);
}

export const price = format('12');
