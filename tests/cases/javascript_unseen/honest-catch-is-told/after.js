export function read(cache, key) {
  try {
    return cache.get(key);
  } catch (error) {
    console.warn(`cache has no answer for ${key}`, error);
  }
  return undefined;
}
