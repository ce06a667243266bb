export async function create(db, user) {
  await db.insert("users", user);
  return user.id;
}
