interface User {
  name: string;
  profile?: { nick: string };
}

export function greet(user: User): string {
  return `Hello ${user.profile?.nick ?? user.name}`;
}
