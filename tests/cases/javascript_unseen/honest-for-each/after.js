export function saveAll(rows) {
  rows.forEach((row) => {
    row.save();
  });
}
