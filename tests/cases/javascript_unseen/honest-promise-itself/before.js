export function fetchAll(get) {
  return new Promise(async (resolve) => {
    resolve(await get());
  });
}
