interface User {
  name: string;
}

export function nameOf(user: User | null): string {
  return Reflect.get(Object(user), "name");
}
