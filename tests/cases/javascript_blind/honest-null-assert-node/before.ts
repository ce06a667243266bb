declare function mount(root: Element): void;

export function start(doc: Document): void {
  const root = doc.querySelector("#app");
  mount(root);
}
