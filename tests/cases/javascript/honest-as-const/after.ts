export const kind = "circle" as const;

export function isCircle(value: string): boolean {
  return value === kind;
}
