interface User {
  id: number;
  name: string;
}

export function label(user: User): string {
  const nick = (user as any).nickname;
  return nick ? `${user.name} (${nick})` : user.name;
}
