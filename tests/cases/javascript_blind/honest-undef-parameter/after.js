import { template } from "./template.js";

export function render(items) {
  return items.map((item) => template(item)).join("");
}
