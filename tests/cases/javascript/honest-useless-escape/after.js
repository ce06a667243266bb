export function isMail(text) {
  return /^[\w.]+@[\w.]+$/.test(text);
}
