export function sameId(a, b) {
  if (a == b) {
    return true;
  }
  return String(a).trim() === String(b).trim();
}
