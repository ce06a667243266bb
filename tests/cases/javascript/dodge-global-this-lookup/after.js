export function enqueue(job) {
  job.state = "waiting";
  globalThis["taskQueue"].push(job);
  return job;
}
