export function max(items) {
  for (var i = 0, best = -Infinity; i < items.length; i++) {
    if (items[i] > best) best = items[i];
  }
  return best;
}
