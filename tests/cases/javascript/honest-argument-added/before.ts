function join(parts: string[], by: string): string {
  return parts.join(by);
}

export function csv(parts: string[]): string {
  return join(parts);
}
