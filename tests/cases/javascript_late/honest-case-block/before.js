export function area(shape) {
  switch (shape.kind) {
    case 'circle':
      const r = shape.radius;
      return Math.PI * r * r;
    default:
      return 0;
  }
}
