function length(reply: { text(): Promise<string> }): number {
  return reply.text().length;
}

export const lengths = (replies: { text(): Promise<string> }[]) => replies.map(length);
