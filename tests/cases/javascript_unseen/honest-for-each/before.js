export function saveAll(rows) {
  rows.map((row) => {
    row.save();
  });
}
