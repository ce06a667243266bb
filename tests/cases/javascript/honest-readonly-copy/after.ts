interface Item {
  readonly name: string;
}
export function renamed(item: Item, name: string): Item {
  return { ...item, name };
}
