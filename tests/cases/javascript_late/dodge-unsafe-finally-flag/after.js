export function close(file) {
  try {
    file.flush();
  } catch {
    file.failed = true;
  }
  return file.end();
}
