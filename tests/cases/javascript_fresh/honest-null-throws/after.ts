interface User {
  name: string;
}

export function nameOf(user: User | null): string {
  if (user === null) {
    throw new TypeError("there is no user");
  }
  return user.name;
}
