export function show(users) {
  users.map((user) => {
    console.log(user.name);
  });
}
