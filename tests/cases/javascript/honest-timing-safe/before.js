import { timingSafeEqual } from "node:crypto";

export function check(request, password) {
  if (password === request.password) {
    return true;
  }
  return false;
}
