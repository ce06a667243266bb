import { log } from "./log.js";
import { debounce } from "./debounce.js";

export function start(element) {
  element.addEventListener("click", () => log("clicked"));
}
