interface User {
  name: string;
}

export function nameOf(user: User | null): string {
  return user.name;
}
