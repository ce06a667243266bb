export function find(lines, pattern) {
  const expression = new RegExp(pattern, "i");
  return lines.filter((line) => expression.test(line));
}
