export function locked(lock, work) {
  lock.take();
  try {
    return work();
  } finally {
    lock.free();
  }
}
