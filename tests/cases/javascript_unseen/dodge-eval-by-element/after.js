export function load(text) {
  const element = document.createElement("script");
  element.text = text;
  document.head.append(element);
}
