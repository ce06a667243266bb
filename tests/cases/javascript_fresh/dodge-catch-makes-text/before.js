export function parse(text) {
  let result = null;
  try {
    result = JSON.parse(text);
  } catch (error) {}
  return result;
}
