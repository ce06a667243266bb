export class Metrics {
  private readonly counts = new Map<string, number>();

  add(name: string, by = 1): void {
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }
}
