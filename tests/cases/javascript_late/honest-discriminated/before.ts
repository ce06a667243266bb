type Circle = { kind: 'circle'; radius: number };
type Square = { kind: 'square'; side: number };

export function size(shape: Circle | Square): number {
  return shape.radius * 2;
}
