export function find(users, id) {
  const user = users.get(id);
  if (!user) {
    throw "no user " + id;
  }
  return user;
}
