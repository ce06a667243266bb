import { readFile } from "node:fs/promises";

export async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    return null;
  }
}
