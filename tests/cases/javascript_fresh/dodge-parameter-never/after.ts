export function show(value: never) {
  console.log(value);
}
