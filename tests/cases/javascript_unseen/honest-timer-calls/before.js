export function begin(clock) {
  clock.reset();
  setTimeout("tick()", 100);
}
