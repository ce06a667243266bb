export function lengthOf(value: string | undefined): number {
  // @ts-ignore
  return value.length;
}
