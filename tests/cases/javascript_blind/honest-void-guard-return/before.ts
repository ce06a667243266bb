export function scrollTo(doc: Document, id: string): void {
  const element = doc.getElementById(id);
  element.scrollIntoView();
}
