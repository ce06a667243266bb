export function load(read: () => Promise<string>): Promise<string> {
  return new Promise(async (resolve, reject) => {
    resolve(await read());
  });
}
