export function words(text) {
  const pattern = /\w+/g;
  const found = [];
  let match;
  while ((match = pattern.exec(text)) !== null) {
    found.push(match[0]);
  }
  return found;
}
