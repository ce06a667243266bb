export async function wrapped(task) {
  try {
    return await task();
  } catch (error) {
    throw new Error("task failed", { cause: error });
  }
}
