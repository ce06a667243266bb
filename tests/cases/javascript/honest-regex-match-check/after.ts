export function version(text: string): string {
  const match = /v(\d+)\.(\d+)/.exec(text);
  if (!match) {
    throw new Error(`no version in ${text}`);
  }
  return `${match[1]}.${match[2]}`;
}
