interface Cart {
  coupon?: { code: string; percent: number };
}

export function hasCoupon(cart: Cart, code: string): boolean {
  return cart.coupon?.code === code;
}
