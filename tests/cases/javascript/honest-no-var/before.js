export function squares(count) {
  var out = [];
  for (var i = 0; i < count; i += 1) {
    out.push(i * i);
  }
  return out;
}
