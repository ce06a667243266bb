export function show(value) {
  console.log(value.toUpperCase());
}
