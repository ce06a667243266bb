export function load(url) {
  return new Promise((resolve) => {
    (async () => {
      const answer = await fetch(url);
      resolve(await answer.json());
    })();
  });
}
