import { spawn } from "node:child_process";

export function run(command) {
  spawn("sh", ["-c", command]);
}
