export interface Config {
  port: number;
  host: string;
}

export function fromEnv(env: Record<string, string | undefined>): Config {
  const port = env["PORT"];
  return { port, host: env["HOST"] ?? "localhost" };
}
