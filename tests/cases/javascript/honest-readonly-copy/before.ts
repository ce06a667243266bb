interface Item {
  readonly name: string;
}
export function renamed(item: Item, name: string): Item {
  item.name = name;
  return item;
}
