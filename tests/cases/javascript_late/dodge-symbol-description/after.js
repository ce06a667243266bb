export function has(table, key) {
  return table['hasOwn' + 'Property'](key);
}
