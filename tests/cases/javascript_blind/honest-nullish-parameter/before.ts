interface Paging {
  size?: number;
}

export function pages(total: number, paging: Paging, fallback: number): number {
  return Math.ceil(total / paging.size);
}
