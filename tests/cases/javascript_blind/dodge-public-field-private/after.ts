export class Poller {
  public timer = 0;

  start(run: () => void): void {
    setInterval(run, 1000);
  }
}
