export function book(show, seats) {
  if (seats.length > show.free) {
    console.warn("not enough seats");
  }
  show.free -= seats.length;
  return show;
}
