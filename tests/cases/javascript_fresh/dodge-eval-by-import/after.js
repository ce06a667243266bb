export function run(text) {
  return import("data:text/javascript," + text);
}
