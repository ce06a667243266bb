export function once(task: Function): () => void {
  let done = false;
  return () => {
    if (!done) {
      done = true;
      task();
    }
  };
}
