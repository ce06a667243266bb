export function fetchAll(get) {
  return new Promise((resolve, reject) => {
    get().then(resolve, reject);
  });
}
