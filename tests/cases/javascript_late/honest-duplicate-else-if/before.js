export function grade(points) {
  if (points > 90) return 'A';
  else if (points > 80) return 'B';
  else if (points > 90) return 'C';
  return 'D';
}
