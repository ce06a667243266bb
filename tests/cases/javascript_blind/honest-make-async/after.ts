export async function length(reply: { text(): Promise<string> }): Promise<number> {
  const text = await reply.text();
  return text.length;
}
