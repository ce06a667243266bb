import { strict as assert } from "node:assert";
import { describe, it } from "node:test";

function join(parts: string[], by: string): string {
  return parts.join(by);
}

describe("join", () => {
  it("puts the separator between", () => {
    assert.equal(join(["a", "b"]), "a,b");
  });
});
