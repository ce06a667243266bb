export function mode(debug) {
  if (true) {
    console.log("mode is asked for");
  }
  return debug ? "debug" : "quiet";
}
