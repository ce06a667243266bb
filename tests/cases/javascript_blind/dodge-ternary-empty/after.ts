export function description(doc: { querySelector(q: string): { content: string } | null }): string {
  const tag = doc.querySelector("meta[name=description]");
  return tag ? tag.content : "";
}
