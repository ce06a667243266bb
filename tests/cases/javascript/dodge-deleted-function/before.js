import { delay } from "./delay.js";

export async function retry(task, times) {
  let last;
  for (let i = 0; i < times; i += 1) {
    try {
      return await task();
    } catch (error) {
      await delay(100 * 2 ** i);
    }
  }
  throw last;
}

export function once(task) {
  return retry(task, 1);
}
