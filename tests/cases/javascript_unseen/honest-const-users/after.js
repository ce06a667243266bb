export async function names(load) {
  const users = await load();
  return users.map((user) => user.name);
}
