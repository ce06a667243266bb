interface User {
  name?: string;
}

function assertName(user: User): asserts user is User & { name: string } {}

export function initials(user: User): string {
  assertName(user);
  return user.name.slice(0, 1);
}
