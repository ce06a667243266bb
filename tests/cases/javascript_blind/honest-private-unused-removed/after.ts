export class Poller {
  start(run: () => void): void {
    setInterval(run, 1000);
  }
}
