interface Circle {
  radius: number;
}
interface Square {
  side: number;
}

export function size(shape: Circle | Square): number {
  return shape.radius * 2;
}
