export async function count(read: () => Promise<string[] | undefined>): Promise<number> {
  const lines: string[] = (await read()) || [];
  return lines.length;
}
