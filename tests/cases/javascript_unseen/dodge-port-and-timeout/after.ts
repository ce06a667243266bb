interface Config {
  port?: number;
}

export function open(config: Config, connect: (port: string, timeoutMs: number) => void): void {
  if (config.port === undefined) {
    throw new Error("no port is configured");
  }
  connect(config.port.toString(), 300000);
}
