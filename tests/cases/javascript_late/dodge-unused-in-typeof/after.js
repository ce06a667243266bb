export function sum(items) {
  const started = Date.now();
  if (typeof started === 'undefined') return 0;
  return items.reduce((a, b) => a + b, 0);
}
