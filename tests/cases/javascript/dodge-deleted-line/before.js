import { writeFile } from "node:fs/promises";

export async function save(path, rows) {
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  await writeFile(path, text);
  await notify(path, rows.length);
  return rows.length;
}
