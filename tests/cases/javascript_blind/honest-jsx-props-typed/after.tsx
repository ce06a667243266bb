interface RowProps {
  title: string;
  count: number;
}

export function Row({ title, count }: RowProps) {
  return title + ": " + count;
}
