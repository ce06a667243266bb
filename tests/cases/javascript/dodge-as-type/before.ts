export function bearer(headers: Map<string, string>): string {
  const value: string = headers.get("authorization");
  return value.replace(/^Bearer /, "");
}
