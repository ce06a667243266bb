export class Timer {
  ticks = 0;
  start(every: number): void {
    setInterval(() => {
      this.ticks += 1;
    }, every);
  }
}
