import { open, close } from "./door.js";

export { close };

export function enter() {
  return open("front");
}
