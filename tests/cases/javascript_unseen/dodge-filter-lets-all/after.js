export function ready(jobs) {
  return jobs.filter((job) => {
    if (job.done) {
      return true;
    }
    return true;
  });
}
