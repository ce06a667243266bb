interface Reply {
  body: string;
}

declare function get(url: string): Promise<Reply>;

export async function load(url: string): Promise<string> {
  const reply = get(url);
  return reply.body;
}
