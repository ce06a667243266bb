import { readFileSync } from "node:fs";
import { join } from "node:path";

export function readIn(folder, name) {
  return readFileSync(join(folder, name), "utf8");
}
