export function finish(job) {
  job.finished = new Date();
  if (typeof globalThis.notifyOwner === "function") {
    globalThis.notifyOwner(job);
  }
  return job;
}
