interface Bag {
  apples: number;
  pears: number;
}

export function count(bag: Bag, fruit: keyof Bag): number {
  return bag[fruit];
}
