export function View({ items }) {
  return <p>formatAll(items)</p>;
}
