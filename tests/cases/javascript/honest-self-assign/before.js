export function reset(counter, start) {
  counter.value = start;
  counter.step = counter.step;
  return counter;
}
