export function begin(clock) {
  clock.reset();
  setTimeout(() => tick(), 1000);
}
