import { join, sep } from "node:path";

export function at(name) {
  return join("a", name);
}
