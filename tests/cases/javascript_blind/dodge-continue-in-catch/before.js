export function importAll(lines, parse) {
  const rows = [];
  for (const line of lines) {
    try {
      rows.push(parse(line));
    } catch {
    }
  }
  return rows;
}
