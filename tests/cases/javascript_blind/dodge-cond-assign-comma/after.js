export function readAll(stream) {
  const chunks = [];
  const chunk = stream.read();
  if (chunk) {
    chunks.push(chunk);
  }
  return chunks;
}
