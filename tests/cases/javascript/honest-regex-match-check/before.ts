export function version(text: string): string {
  const match = /v(\d+)\.(\d+)/.exec(text);
  return `${match[1]}.${match[2]}`;
}
