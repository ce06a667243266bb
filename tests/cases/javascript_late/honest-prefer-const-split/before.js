export function range(n) {
  let out = [], i = 0;
  while (i < n) out.push(i++);
  return out;
}
