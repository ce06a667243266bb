export function upload(file, maxBytes) {
  return fetch("/upload", { method: "POST", body: file });
}
