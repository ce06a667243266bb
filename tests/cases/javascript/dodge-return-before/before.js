export function exportRows(rows, writer) {
  for (const row of rows) {
    writer.write(toCsv(row));
  }
  writer.end();
}
