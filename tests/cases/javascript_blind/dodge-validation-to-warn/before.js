export function book(show, seats) {
  if (seats.length > show.free) {
    throw new BookingError("not enough seats");
  }
  show.free -= seats.length;
  return show;
}
