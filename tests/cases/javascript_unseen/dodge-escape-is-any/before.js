export function isCode(text) {
  return /^[A-Z]{2}\-[0-9]+$/.test(text);
}
