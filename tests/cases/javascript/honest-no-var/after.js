export function squares(count) {
  const out = [];
  for (let i = 0; i < count; i += 1) {
    out.push(i * i);
  }
  return out;
}
