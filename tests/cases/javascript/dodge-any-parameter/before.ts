interface Item {
  name: string;
  price: number;
}

export function cheapest(items: Item[]): Item[] {
  const byPrice = function (a, b) {
    return a.price - b.price;
  };
  return [...items].sort(byPrice);
}
