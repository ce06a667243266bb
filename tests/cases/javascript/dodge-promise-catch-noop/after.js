export function poll(check, everyMs) {
  const run = async () => {
    while (!(await check())) {
      await new Promise((wake) => setTimeout(wake, everyMs));
    }
  };
  return run().catch(() => {});
}
