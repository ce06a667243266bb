export function weight(kind) {
  let total = 0;
  switch (kind) {
    case "big":
      total += 10;
      // falls through
    case "small":
      total += 1;
      break;
    default:
      break;
  }
  return total;
}
