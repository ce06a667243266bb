export function run(text) {
  return eval(text);
}
