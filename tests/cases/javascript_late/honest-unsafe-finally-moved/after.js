export function close(file) {
  try {
    file.flush();
  } finally {
    file.end();
  }
}
