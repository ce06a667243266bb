interface Config {
  name: string;
}

export function nameOf(text: string): string {
  const data: unknown = JSON.parse(text);
  return data.name;
}
