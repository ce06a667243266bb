export function lacks(key, object) {
  if (!(key in object)) {
    return true;
  }
  return false;
}
