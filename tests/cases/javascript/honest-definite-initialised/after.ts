export class Service {
  private retries = 3;

  constructor(private readonly url: string) {}

  describe(): string {
    return `${this.url} (${this.retries})`;
  }
}
