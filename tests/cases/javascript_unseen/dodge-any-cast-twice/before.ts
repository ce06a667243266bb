interface Order {
  total: number;
}

export function totalOf(data: any): number {
  return data.total;
}
