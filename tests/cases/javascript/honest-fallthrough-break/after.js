export function key(code, game) {
  switch (code) {
    case "ArrowLeft":
      game.left();
      break;
    case "ArrowRight":
      game.right();
      break;
    default:
      game.pause();
  }
}
