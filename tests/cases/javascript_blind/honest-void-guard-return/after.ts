export function scrollTo(doc: Document, id: string): void {
  const element = doc.getElementById(id);
  if (element === null) {
    return;
  }
  element.scrollIntoView();
}
