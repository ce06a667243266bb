// @ts-check
/**
 * @param {any} width
 * @param {any} height
 */
function area(width, height) {
  return width * height;
}

/** @param {string} text */
export function areaOf(text) {
  const [width, height] = text.split("x");
  return area(width, height);
}
