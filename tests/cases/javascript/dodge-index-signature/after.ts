interface Env {
  host: string;
  port: number;
  [key: string]: unknown;
}

export function address(env: Env): string {
  return `${env.scheme}://${env.host}:${env.port}`;
}
