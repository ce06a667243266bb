declare function send(name: string): void;

export function notify(names: string[]): void {
  const name = names.find((each) => each.length > 0);
  if (name !== undefined) {
    send(name);
  }
}
