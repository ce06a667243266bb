interface User {
  name: string;
  roles: string[];
}

export function mayEdit(user: User, owner: string): boolean {
  if (user.suspended) {
    throw new Error(`${user.name} is suspended`);
  }
  return user.name === owner || user.roles.includes("editor");
}
