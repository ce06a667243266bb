export function has(table, key) {
  return table.hasOwnProperty(key);
}
