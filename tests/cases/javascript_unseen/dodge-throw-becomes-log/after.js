export function find(users, id) {
  const user = users.get(id);
  if (!user) {
    console.error("no user " + id);
  }
  return user;
}
