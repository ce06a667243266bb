export function first(items, fallback) {
  const item = items[0];
  return (item === undefined || item === null) && fallback !== '' ? fallback : item;
}
