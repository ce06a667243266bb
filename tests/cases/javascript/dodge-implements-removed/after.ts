interface Storage {
  read(key: string): string;
  write(key: string, value: string): void;
}

export class Disk {
  private readonly files = new Map<string, string>();

  read(key: string): string {
    return this.files.get(key) ?? "";
  }
}
