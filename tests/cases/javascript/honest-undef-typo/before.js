export function countWords(text) {
  const words = text.split(/\s+/);
  return wrods.filter(Boolean).length;
}
