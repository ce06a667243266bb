export function isBroken(value) {
  return false;
}
