interface Env {
  host: string;
  port: number;
}

export function address(env: Env): string {
  return `${env.scheme}://${env.host}:${env.port}`;
}
