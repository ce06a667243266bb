export class Timer {
  ticks = 0;

  start(every: (tick: () => void) => void): void {
    every(() => {
      this.ticks += 1;
    });
  }
}
