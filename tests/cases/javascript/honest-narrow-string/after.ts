function shout(text: string): string {
  return text.toUpperCase() + "!";
}

export function shoutAll(values: (string | number)[]): string[] {
  return values.map((value) => shout(typeof value === "number" ? value.toFixed(0) : value));
}
