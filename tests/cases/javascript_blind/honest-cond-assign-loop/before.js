export function readAll(stream) {
  const chunks = [];
  let chunk;
  while (chunk = stream.read()) {
    chunks.push(chunk);
  }
  return chunks;
}
