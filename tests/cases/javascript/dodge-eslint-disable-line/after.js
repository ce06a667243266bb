export function sameId(a, b) {
  if (a == b) { // eslint-disable-line eqeqeq -- ids may be numbers
    return true;
  }
  return String(a).trim() === String(b).trim();
}
