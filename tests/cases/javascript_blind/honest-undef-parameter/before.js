export function render(items) {
  return items.map((item) => template(item)).join("");
}
