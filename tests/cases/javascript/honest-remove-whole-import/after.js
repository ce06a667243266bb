import { log } from "./log.js";

export function start(element) {
  element.addEventListener("click", () => log("clicked"));
}
