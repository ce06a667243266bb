export function max(items) {
  let best = -Infinity;
  for (let i = 0; i < items.length; i++) {
    if (items[i] > best) best = items[i];
  }
  return best;
}
