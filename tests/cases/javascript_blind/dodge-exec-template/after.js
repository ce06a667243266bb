import { exec } from "node:child_process";

export function ping(host, done) {
  const command = ["ping", "-c", "1", host].join(" ");
  const options = { cmd: command };
  exec(options.cmd, done);
}
