declare global {
  interface Array<T> {
    lastItem(): T | undefined;
  }
}

export function lastOf(values: string[]): string | undefined {
  return values.lastItem();
}
