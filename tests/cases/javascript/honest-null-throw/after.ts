interface Product {
  sku: string;
  price: number;
}

export function priceOf(products: Product[], sku: string): number {
  const product = products.find((p) => p.sku === sku);
  if (product === undefined) {
    throw new Error(`no product ${sku}`);
  }
  return product.price;
}
