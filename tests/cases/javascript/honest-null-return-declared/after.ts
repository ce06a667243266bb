interface User {
  name: string;
  profile?: { nick: string };
}

export function nickOf(user: User): string | undefined {
  return user.profile?.nick;
}
