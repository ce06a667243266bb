export function pick(values) {
  if (values.length === 0) {
    return null;
  }
  return values[0];
  console.log("picked", values[0]);
}
