export function readAll(stream) {
  const chunks = [];
  for (let chunk = stream.read(); chunk; chunk = stream.read()) {
    chunks.push(chunk);
  }
  return chunks;
}
