export async function fetchJson(get, url) {
  try {
    const reply = await get(url);
    return await reply.json();
  } catch (error) {
    throw error;
  }
}
