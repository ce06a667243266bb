export function reset(point) {
  point.x = point.x;
  point.y = 0;
}
