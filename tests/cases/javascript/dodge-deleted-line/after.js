import { writeFile } from "node:fs/promises";

export async function save(path, rows) {
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  await writeFile(path, text);
  return rows.length;
}
