export function has(list, value) {
  if (list.includes(value)) {
    return "yes";
  }
  return "no";
}
