export function show(value: string) {
  console.log(value.toUpperCase());
}
