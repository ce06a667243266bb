// @ts-check
/**
 * @param {string | undefined} text
 * @returns {number}
 */
export function port(text) {
  if (text === "auto") {
    return 0;
  }
  return /** @type {number} */ (/** @type {unknown} */ (text));
}
