export function find(lines, word) {
  const wanted = word.toLowerCase();
  return lines.filter((line) => line.toLowerCase().includes(wanted));
}
