import vm from "node:vm";

export function run(text) {
  return vm.runInThisContext(text);
}
