export function bearer(headers: Map<string, string>): string {
  const value = headers.get("authorization") as string;
  return value.replace(/^Bearer /, "");
}
