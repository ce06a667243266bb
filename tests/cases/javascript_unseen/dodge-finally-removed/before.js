export async function work(lock, job) {
  await lock.take();
  try {
    return await job();
  } catch (error) {
    throw error;
  } finally {
    lock.free();
  }
}
