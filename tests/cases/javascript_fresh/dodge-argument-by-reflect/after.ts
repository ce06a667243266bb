function add(a: number, b: number): number {
  return a + b;
}

export function three(text: string): number {
  return Reflect.apply(add, undefined, [text, 3]);
}
