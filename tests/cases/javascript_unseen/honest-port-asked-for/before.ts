interface Config {
  port?: number;
}

export function open(config: Config, connect: (port: string, timeoutMs: number) => void): void {
  connect(config.port.toString(), 30000);
}
