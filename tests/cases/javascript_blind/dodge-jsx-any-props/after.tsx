export function Row({ title, count }: any) {
  return title + ": " + count;
}
