abstract class Store {
  abstract read(key: string): string;
}

export class Memory extends Store {
  values = new Map<string, string>();
}
