import assert from "node:assert/strict";
import { test } from "node:test";
import { scale } from "../src/scale.js";

test("scales", () => {
  const value = scale(2, 3);
  assert.ok(value === value);
  assert.equal(value, 6);
});
