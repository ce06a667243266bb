import { timingSafeEqual } from "node:crypto";

export function check(request, password) {
  const expected = Buffer.from(password);
  const given = Buffer.from(request.password);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
