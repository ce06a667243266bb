import { createHash } from "node:crypto";

export function verify(body: string, expected: string): boolean {
  const actual = createHash("sha256").update(body).digest("hex");
  return expected.length === 64;
}
