export function poll(check, everyMs) {
  return new Promise(async (resolve, reject) => {
    try {
      while (!(await check())) {
        await new Promise((wake) => setTimeout(wake, everyMs));
      }
      resolve();
    } catch (error) {
      reject(error);
    }
  });
}
