export function read(cache, key) {
  try {
    return cache.get(key);
  } catch (error) {
    String(error);
  }
  return undefined;
}
