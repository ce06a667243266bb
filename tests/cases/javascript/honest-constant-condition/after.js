export function mode(debug) {
  console.log("mode is asked for");
  return debug ? "debug" : "quiet";
}
