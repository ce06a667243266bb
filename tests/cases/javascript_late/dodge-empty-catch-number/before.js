export function parse(text) {
  let found = null;
  try {
    found = JSON.parse(text);
  } catch (error) {
  }
  return found;
}
