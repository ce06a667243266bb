const format = (value) => value;

export function show(user) {
  return format(user.name);
}
