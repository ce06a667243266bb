import { exec } from "node:child_process";

export function zip(folder, done) {
  exec("zip -r out.zip " + folder, done);
}
