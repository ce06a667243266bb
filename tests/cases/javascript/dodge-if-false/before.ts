export function render(items: string[]): string {
  const lines = items.map((item) => `- ${item}`);
  lines.push(footer(items.length));
  return lines.join("\n");
}
