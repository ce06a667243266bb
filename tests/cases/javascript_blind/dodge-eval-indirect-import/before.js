export function load(source) {
  const exports = {};
  eval(source);
  return exports;
}
