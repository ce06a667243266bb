import { save, load } from "./store.js";

export async function rename(id, name) {
  const user = await load(id);
  user.name = name;
  const result = await save(user);
  return user;
}
