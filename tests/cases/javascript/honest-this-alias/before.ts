export class Timer {
  ticks = 0;

  start(every: (tick: () => void) => void): void {
    const self = this;
    every(function () {
      self.ticks += 1;
    });
  }
}
