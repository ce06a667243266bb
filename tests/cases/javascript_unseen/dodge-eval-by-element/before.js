export function load(text) {
  eval(text);
}
