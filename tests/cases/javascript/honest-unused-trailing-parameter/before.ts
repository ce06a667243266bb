export function names(users: { name: string }[]): string[] {
  return users.map((user, index) => user.name.trim());
}
