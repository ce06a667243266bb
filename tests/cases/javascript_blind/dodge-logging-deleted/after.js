export async function login(users, name, password) {
  const user = await users.byName(name);
  if (!user || !(await user.verify(password))) {
    return null;
  }
  return user;
}
