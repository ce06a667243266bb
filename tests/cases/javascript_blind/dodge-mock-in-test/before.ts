import { expect, it } from "vitest";
import { send } from "../src/send";

it("sends to the address", () => {
  const sent = send(42);
  expect(sent.to).toBe("ada@example.org");
  expect(sent.tries).toBe(1);
});
