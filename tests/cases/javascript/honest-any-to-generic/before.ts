export function last(values: any[]): any {
  return values[values.length - 1];
}
