export function upload(file, quota) {
  if (file.size > quota) {
    return Promise.reject(new Error("failed"));
  }
  return file.send();
}
