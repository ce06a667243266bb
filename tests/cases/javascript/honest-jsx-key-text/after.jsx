import { h } from "./h.js";

export function View({ rows }) {
  return (
    <ul>
      {rows.map((row) => (
        <li key={row.id}>{row.text} // {row.note}</li>
      ))}
    </ul>
  );
}

export const element = h(View);
