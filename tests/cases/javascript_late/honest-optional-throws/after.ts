interface User {
  name?: string;
}

export function initials(user: User): string {
  if (user.name === undefined) throw new TypeError('the user has no name');
  return user.name.slice(0, 1);
}
