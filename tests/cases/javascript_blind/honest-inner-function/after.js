export function init(enabled) {
  if (enabled) {
    const log = (text) => {
      console.log(text);
    };
    log("on");
  }
}
