import { expect, it } from "vitest";
import { send } from "../src/send";

it("sends to the address", () => {
  const sent = { to: "ada@example.org", tries: 1 };
  expect(sent).toBeDefined();
});
