export function once(task: () => void): () => void {
  let done = false;
  return () => {
    if (!done) {
      done = true;
      task();
    }
  };
}
