export async function names(load) {
  let users = await load();
  return users.map((user) => user.name);
}
