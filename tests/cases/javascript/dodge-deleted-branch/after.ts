interface User {
  name: string;
  roles: string[];
}

export function mayEdit(user: User, owner: string): boolean {
  return user.name === owner || user.roles.includes("editor");
}
