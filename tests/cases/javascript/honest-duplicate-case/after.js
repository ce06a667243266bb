export function weekend(day) {
  switch (day) {
    case 6:
      return true;
    case 0:
      return true;
    default:
      return false;
  }
}
