import { format } from "./format.js";
import { total } from "./total.js";

export function report(rows) {
  return rows.map((row) => format(row)).join("\n");
}
