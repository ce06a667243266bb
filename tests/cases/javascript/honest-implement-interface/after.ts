interface Storage {
  read(key: string): string;
  write(key: string, value: string): void;
}

export class Disk implements Storage {
  private readonly files = new Map<string, string>();

  read(key: string): string {
    return this.files.get(key) ?? "";
  }

  write(key: string, value: string): void {
    this.files.set(key, value);
  }
}
