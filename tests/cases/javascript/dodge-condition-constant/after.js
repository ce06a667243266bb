export function words(text) {
  const pattern = /\w+/g;
  const found = [];
  let match;
  match = pattern.exec(text);
  if (1 === 1) {
    found.push(match[0]);
  }
  return found;
}
