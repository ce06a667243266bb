export class Service {
  private url: string;
  private retries = 3;

  describe(): string {
    return `${this.url} (${this.retries})`;
  }
}
