export function wait(check, everyMs) {
  return new Promise(async (resolve) => {
    while (!(await check())) {
      await new Promise((wake) => setTimeout(wake, everyMs));
    }
    resolve();
  });
}
