export async function load(read: () => Promise<string>): Promise<string> {
  const text = await read();
  return text.trim();
}
