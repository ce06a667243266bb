export function has(options, name) {
  return name in options && options[name] !== "";
}
