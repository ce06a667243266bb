export function isAdmin(user) {
  return user.role === "admin" && user.level !== 0;
}
