export function Note({ text, tone }) {
  return <p>Don't forget: {text}</p>;
}
