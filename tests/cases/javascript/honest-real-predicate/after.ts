interface Config {
  name: string;
}

function isConfig(value: unknown): value is Config {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

export function nameOf(text: string): string {
  const data: unknown = JSON.parse(text);
  if (!isConfig(data)) {
    throw new TypeError("the configuration has no name");
  }
  return data.name;
}
