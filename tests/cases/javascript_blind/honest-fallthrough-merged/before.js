export function weight(kind) {
  switch (kind) {
    case "big":
      console.debug("big");
    case "small":
      return 1;
    default:
      return 0;
  }
}
