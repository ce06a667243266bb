export class Metrics {
  private readonly counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    flush(this.counts);
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }
}
