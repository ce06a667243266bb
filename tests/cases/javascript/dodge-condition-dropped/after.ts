type Role = "reader" | "writer";

export function remove(role: Role, items: Map<string, string>, key: string): boolean {
  return items.delete(key);
}
