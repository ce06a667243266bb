async function length(reply: { text(): Promise<string> }): Promise<number> {
  const text = await reply.text();
  return text.length;
}

export const lengths = (replies: { text(): Promise<string> }[]) => replies.map(length);
