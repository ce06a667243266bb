export class Point {
  x = 0;
  y = 0;

  length(): number {
    return Math.hypot(this.x, this.y);
  }
}
