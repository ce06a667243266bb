export function later(code, ms) {
  setTimeout(code, ms);
}
