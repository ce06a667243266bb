export function applyTheme(element, dark) {
  const colours = dark ? darkColours : ["#fff", "#000"];
  element.style.background = colours[0];
  element.style.color = colours[1];
}
