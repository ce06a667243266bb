export function save(db, rows) {
  return new Promise(async (resolve, reject) => {
    try {
      await db.insert(rows);
      resolve(rows.length);
    } catch (error) {
      reject(error);
    }
  });
}
