interface User {
  id: number;
  name: string;
}

export function label(user: User): string {
  return user.nickname === undefined ? user.name : `${user.name} (${user.nickname})`;
}
