export function upload(file, quota) {
  if (file.size > quota) {
    return Promise.reject("quota exceeded");
  }
  return file.send();
}
