export function enqueue(job) {
  job.state = "waiting";
  taskQueue.push(job);
  return job;
}
