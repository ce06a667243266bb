export function sign(value: number): string {
  if (value > 0) {
    return "+";
  }
  if (value < 0) {
    return "-";
  }
  for (;;);
}
