import { exec } from "node:child_process";

export function ping(host, done) {
  exec("ping -c 1 " + host, done);
}
