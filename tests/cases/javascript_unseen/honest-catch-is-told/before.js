export function read(cache, key) {
  try {
    return cache.get(key);
  } catch {}
  return undefined;
}
