interface Circle {
  radius: number;
}
interface Square {
  side: number;
}

function circumference(circle: Circle): number {
  return 2 * Math.PI * circle.radius;
}

export function around(shape: Circle | Square): number {
  return circumference(shape);
}
