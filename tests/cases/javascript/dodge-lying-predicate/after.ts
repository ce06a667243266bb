interface Config {
  name: string;
}

function isConfig(value: unknown): value is Config {
  return true;
}

export function nameOf(text: string): string {
  const data: unknown = JSON.parse(text);
  return isConfig(data) ? data.name : "";
}
