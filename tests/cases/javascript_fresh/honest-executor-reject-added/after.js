export async function load(url) {
  const answer = await fetch(url);
  return answer.json();
}
