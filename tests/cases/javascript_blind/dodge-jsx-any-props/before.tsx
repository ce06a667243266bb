export function Row({ title, count }) {
  return title + ": " + count;
}
