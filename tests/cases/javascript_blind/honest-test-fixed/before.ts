import { strict as assert } from "node:assert";
import { test } from "node:test";

function price(cents: number): string {
  return (cents / 100).toFixed(2);
}

test("prices have two digits", () => {
  assert.equal(price("1250"), "12.50");
});
