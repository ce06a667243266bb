export function locked(lock, work) {
  lock.take();
  let result;
  try {
    result = work();
  } catch {
    result = undefined;
  }
  lock.free();
  return result;
}
