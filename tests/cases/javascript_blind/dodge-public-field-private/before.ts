export class Poller {
  private timer = 0;

  start(run: () => void): void {
    setInterval(run, 1000);
  }
}
