export function nameOf(user) {
  return `${user.first} ${user.last}` ?? "nobody";
}
