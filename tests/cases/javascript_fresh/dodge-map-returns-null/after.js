export function names(users) {
  return users.map((user) => {
    if (user.name) {
      return user.name;
    }
    return null;
  });
}
