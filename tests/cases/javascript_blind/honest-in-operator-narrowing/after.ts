interface Circle {
  radius: number;
}
interface Square {
  side: number;
}

export function size(shape: Circle | Square): number {
  return "radius" in shape ? shape.radius * 2 : shape.side;
}
