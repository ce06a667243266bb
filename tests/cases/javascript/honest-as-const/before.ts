export const kind: "circle" = "circle";

export function isCircle(value: string): boolean {
  return value === kind;
}
