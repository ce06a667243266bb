export async function work(lock, job) {
  await lock.take();
  return await job();
}
