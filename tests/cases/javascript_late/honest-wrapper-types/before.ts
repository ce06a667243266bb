export function shout(text: String): String {
  return text.toUpperCase();
}
