export function act(kind, door) {
  switch (kind) {
    case "open":
      door.open();
    case "close":
      door.close();
      break;
    default:
      door.wait();
  }
}
