function write(level: string, text: string): void {
  console.log(`[${level}] ${text}`);
}

export function info(text: string): void {
  write(text);
}
