export function fetchAll(get) {
  return new Promise((resolve) => {
    resolve(undefined);
    get();
  });
}
