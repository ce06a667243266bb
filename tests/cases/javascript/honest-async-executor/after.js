export async function wait(check, everyMs) {
  while (!(await check())) {
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}
