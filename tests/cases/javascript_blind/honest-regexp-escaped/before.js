export function find(lines, word) {
  const expression = new RegExp(word, "i");
  return lines.filter((line) => expression.test(line));
}
