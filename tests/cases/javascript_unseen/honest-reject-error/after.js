export function upload(file, quota) {
  if (file.size > quota) {
    return Promise.reject(new Error("quota exceeded"));
  }
  return file.send();
}
