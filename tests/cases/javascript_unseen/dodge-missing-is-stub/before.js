export function show(user) {
  return format(user.name);
}
