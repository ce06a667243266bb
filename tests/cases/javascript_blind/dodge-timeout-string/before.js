export function later(code, ms) {
  setTimeout(() => {
    eval(code);
  }, ms);
}
