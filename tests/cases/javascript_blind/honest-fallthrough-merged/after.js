export function weight(kind) {
  switch (kind) {
    case "big":
      console.debug("big");
      return 1;
    case "small":
      return 1;
    default:
      return 0;
  }
}
