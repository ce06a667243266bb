export function reset(point) {
  const x = point.x;
  point.x = x;
  point.y = 0;
}
