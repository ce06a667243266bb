export function has(options, name) {
  return options.hasOwnProperty(name) && options[name] !== "";
}
