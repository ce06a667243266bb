export function parse(text) {
  let found = null;
  try {
    found = JSON.parse(text);
  } catch (error) {
    found = null;
  }
  return found;
}
