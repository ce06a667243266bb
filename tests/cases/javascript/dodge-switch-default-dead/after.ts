type Shape = { kind: "circle"; r: number } | { kind: "square"; a: number };

export function area(shape: Shape, factor: number): number {
  switch (shape.kind) {
    case "circle":
      return Math.PI * shape.r ** 2 * factor;
    case "square":
      if (factor > 0) {
        return shape.a ** 2 * factor;
      }
  }
  return 0;
}
