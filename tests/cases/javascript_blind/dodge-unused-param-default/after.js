export function tooltip(element, text, options) {
  options && options.x;
  element.title = text;
  return element;
}
