import { readFileSync } from "node:fs";

export function readIn(folder, name) {
  return readFileSync(join(folder, name), "utf8");
}
