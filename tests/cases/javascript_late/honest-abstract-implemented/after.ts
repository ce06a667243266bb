abstract class Store {
  abstract read(key: string): string | undefined;
}

export class Memory extends Store {
  values = new Map<string, string>();

  read(key: string): string | undefined {
    return this.values.get(key);
  }
}
