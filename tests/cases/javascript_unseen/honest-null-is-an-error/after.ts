interface User {
  name: string;
}

export function greet(user: User | null): string {
  if (user === null) {
    throw new TypeError("no user to greet");
  }
  return `Hello ${user.name}`;
}
