export function move(key, board) {
  switch (key) {
    case "a":
      board.left();
      break;
    case "d":
      board.right();
      break;
    case "a":
      board.away();
      break;
  }
}
