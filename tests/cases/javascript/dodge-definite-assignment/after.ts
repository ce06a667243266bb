export class Service {
  private url!: string;
  private retries = 3;

  configure(url: string): void {
    this.url = url;
  }

  describe(): string {
    return `${this.url} (${this.retries})`;
  }
}
