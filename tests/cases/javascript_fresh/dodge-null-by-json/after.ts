interface User {
  name: string;
}

export function nameOf(user: User | null): string {
  return JSON.parse(JSON.stringify(user)).name;
}
