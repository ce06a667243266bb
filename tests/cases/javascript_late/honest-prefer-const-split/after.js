export function range(n) {
  const out = [];
  let i = 0;
  while (i < n) out.push(i++);
  return out;
}
