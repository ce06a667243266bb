export async function retry(task, times) {
  for (let attempt = 0; attempt < times; attempt += 1) {
    try {
      return await task();
    } catch (error) {
    }
  }
  throw new Error("all attempts failed");
}
