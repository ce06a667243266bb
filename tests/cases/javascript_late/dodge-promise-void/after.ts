export function load(read: () => Promise<string>): Promise<string> {
  return new Promise((resolve) => {
    read().then(resolve, () => resolve(''));
  });
}
