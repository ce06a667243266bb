type Circle = { kind: 'circle'; radius: number };
type Square = { kind: 'square'; side: number };

export function radiusOf(shape: Circle | Square): number {
  return shape.radius;
}
