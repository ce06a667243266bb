export function show(users) {
  users.forEach((user) => {
    console.log(user.name);
  });
}
