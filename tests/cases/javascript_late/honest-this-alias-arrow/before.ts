export class Timer {
  ticks = 0;
  start(every: number): void {
    const self = this;
    setInterval(function () {
      self.ticks += 1;
    }, every);
  }
}
