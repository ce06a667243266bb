import { h } from "./h.js";
import { Icon } from "./icon.js";

export function View({ rows, title }) {
  return (
    <ul>
      {rows.map((row) => (
        <li key={row.id}>{row.text} // {row.note}</li>
      ))}
    </ul>
  );
}

export const element = h(View);
