declare function read(path: string): Promise<string>;

export async function load(path: string): Promise<unknown> {
  return JSON.parse(await read(path));
}
