type Role = "reader" | "writer";

export function remove(role: Role, items: Map<string, string>, key: string): boolean {
  if (role !== "admin") {
    throw new Error("not allowed");
  }
  return items.delete(key);
}
