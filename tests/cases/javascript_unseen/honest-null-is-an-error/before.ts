interface User {
  name: string;
}

export function greet(user: User | null): string {
  return `Hello ${user.name}`;
}
