export function reset(counter, start) {
  counter.value = start;
  return counter;
}
