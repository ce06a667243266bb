export function close(file) {
  try {
    file.flush();
  } finally {
    return file.end();
  }
}
