export function load(url) {
  return new Promise(async (resolve) => {
    const answer = await fetch(url);
    resolve(await answer.json());
  });
}
