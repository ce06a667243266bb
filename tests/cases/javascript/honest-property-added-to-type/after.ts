interface User {
  id: number;
  name: string;
  nickname?: string;
}

export function label(user: User): string {
  return user.nickname === undefined ? user.name : `${user.name} (${user.nickname})`;
}
