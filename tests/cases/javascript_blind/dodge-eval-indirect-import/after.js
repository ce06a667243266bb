export async function load(source) {
  return import("data:text/javascript," + encodeURIComponent(source));
}
