export function read(text: string): string[] {
  const data: any = JSON.parse(text);
  return data.items.map(String);
}
