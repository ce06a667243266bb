export function isBroken(value) {
  return value !== value;
}
