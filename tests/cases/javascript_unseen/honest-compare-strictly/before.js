export function grade(points, limit) {
  if (points == limit) {
    return "exact";
  }
  if (points < 50) {
    return "low";
  }
  return "high";
}
