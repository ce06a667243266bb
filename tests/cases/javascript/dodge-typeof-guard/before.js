export function finish(job) {
  job.finished = new Date();
  notifyOwner(job);
  return job;
}
