interface Product {
  sku: string;
  price: number;
}

export function priceOf(products: Product[], sku: string): number {
  const product = products.find((p) => p.sku === sku);
  return product.price;
}
