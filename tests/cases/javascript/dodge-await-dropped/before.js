export async function flush(queue, sink) {
  try {
    return await sink.send(queue.splice(0));
  } catch (error) {
    queue.failed = error;
    throw error;
  }
}
