import { load } from "./store.js";

export async function rename(id, name) {
  const user = await load(id);
  user.name = name;
  return user;
}
