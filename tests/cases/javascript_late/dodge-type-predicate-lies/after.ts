type Circle = { kind: 'circle'; radius: number };
type Square = { kind: 'square'; side: number };

function isCircle(shape: Circle | Square): shape is Circle {
  return true;
}

export function radiusOf(shape: Circle | Square): number {
  return isCircle(shape) ? shape.radius : 0;
}
