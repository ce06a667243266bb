interface Point {
  x: number;
  y: number;
}

export function corner(size: { width: number; height: number }): Point {
  return JSON.parse(JSON.stringify(size));
}
