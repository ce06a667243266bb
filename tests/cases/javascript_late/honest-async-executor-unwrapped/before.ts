export function load(read: () => Promise<string>): Promise<string> {
  return new Promise(async (resolve) => {
    const text = await read();
    resolve(text.trim());
  });
}
