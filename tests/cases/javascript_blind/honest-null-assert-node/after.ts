declare function mount(root: Element): void;

export function start(doc: Document): void {
  const root = doc.querySelector("#app");
  if (!root) {
    throw new Error("there is no #app to mount into");
  }
  mount(root);
}
