export async function create(db, user) {
  const result = await db.insert("users", user);
  return user.id;
}
