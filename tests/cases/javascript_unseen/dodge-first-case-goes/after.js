export function move(key, board) {
  switch (key) {
    case "d":
      board.right();
      break;
    case "a":
      board.away();
      break;
  }
}
