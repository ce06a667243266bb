export function find(lines, pattern) {
  return lines.filter((line) => line.match(pattern));
}
