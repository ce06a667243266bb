export async function names(load) {
  const users = load();
  return users.map((user) => user.name);
}
