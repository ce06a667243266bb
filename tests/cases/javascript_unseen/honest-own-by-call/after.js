export function has(options, name) {
  return Object.prototype.hasOwnProperty.call(options, name) && options[name] !== "";
}
