export function Note({ text }) {
  return <p>Don't forget: {text}</p>;
}
