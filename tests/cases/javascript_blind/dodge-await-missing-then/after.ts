export function length(reply: { text(): Promise<string> }): number {
  let size = 0;
  reply.text().then((text) => {
    size = text.length;
  });
  return size;
}
