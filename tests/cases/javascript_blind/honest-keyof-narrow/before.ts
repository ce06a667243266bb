interface Bag {
  apples: number;
  pears: number;
}

export function count(bag: Bag, fruit: string): number {
  return bag[fruit];
}
