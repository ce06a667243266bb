export async function fetchJson(get, url) {
  const reply = await get(url);
  return await reply.json();
}
