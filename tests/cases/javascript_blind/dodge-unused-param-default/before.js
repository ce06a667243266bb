export function tooltip(element, text, options) {
  element.title = text;
  return element;
}
