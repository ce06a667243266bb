export function parse(text) {
  let result = null;
  try {
    result = JSON.parse(text);
  } catch (error) {
    console.warn("not JSON", error);
  }
  return result;
}
