export function port(env: Record<string, string>): number {
  const port = Number.parseInt(env.PORT, 10);
  if (Number.isNaN(port)) {
    throw new TypeError("PORT is no number");
  }
  return port;
}
