export function length(reply: { text(): Promise<string> }): number {
  return reply.text().length;
}
