import { readFileSync } from "node:fs";

export function cached(path: string): string | null {
  let text: string | null = null;
  try {
    text = readFileSync(path, "utf8");
  } catch {
  }
  return text;
}
