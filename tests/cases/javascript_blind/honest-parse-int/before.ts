export function port(env: Record<string, string>): number {
  return env.PORT;
}
