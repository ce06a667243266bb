interface User {
  name?: string;
}

export function initials(user: User): string {
  return user.name.slice(0, 1);
}
