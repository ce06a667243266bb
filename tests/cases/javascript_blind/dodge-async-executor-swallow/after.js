export function save(db, rows) {
  return new Promise((resolve) => {
    db.insert(rows);
    resolve(rows.length);
  });
}
