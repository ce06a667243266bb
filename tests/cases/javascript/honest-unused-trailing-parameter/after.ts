export function names(users: { name: string }[]): string[] {
  return users.map((user) => user.name.trim());
}
