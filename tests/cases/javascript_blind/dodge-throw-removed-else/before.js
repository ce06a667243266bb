export function upload(file, maxBytes) {
  if (file.size > maxBytes) {
    throw new UploadError(`too large: ${file.size}`);
  }
  return fetch("/upload", { method: "POST", body: file });
}
