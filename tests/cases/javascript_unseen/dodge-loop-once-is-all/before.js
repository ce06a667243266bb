export function start(jobs) {
  for (const job of jobs) {
    job.start();
    break;
  }
}
