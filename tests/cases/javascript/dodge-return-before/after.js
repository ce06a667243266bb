export function exportRows(rows, writer) {
  return writer.end();
  for (const row of rows) {
    writer.write(toCsv(row));
  }
  writer.end();
}
