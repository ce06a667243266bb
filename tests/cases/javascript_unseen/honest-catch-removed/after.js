export async function work(lock, job) {
  await lock.take();
  try {
    return await job();
  } finally {
    lock.free();
  }
}
