import { execFile } from "node:child_process";

export function ping(host, done) {
  execFile("ping", ["-c", "1", host], done);
}
