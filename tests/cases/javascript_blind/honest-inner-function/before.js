export function init(enabled) {
  if (enabled) {
    function log(text) {
      console.log(text);
    }
    log("on");
  }
}
