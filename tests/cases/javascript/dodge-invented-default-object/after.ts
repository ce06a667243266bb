interface Address {
  street: string;
  zip: string;
}

export function shippingLabel(customer: { name: string; address?: Address }): string {
  const address = customer.address || ({ street: "", zip: "" });
  return `${customer.name}\n${address.street}\n${address.zip}`;
}
