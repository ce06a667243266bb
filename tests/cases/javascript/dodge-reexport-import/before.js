import { open, close } from "./door.js";

export function enter() {
  return open("front");
}
