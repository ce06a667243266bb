import { spawn } from "node:child_process";

export function zip(folder, done) {
  const child = spawn("zip -r out.zip " + folder, { shell: true });
  child.on("close", done);
}
