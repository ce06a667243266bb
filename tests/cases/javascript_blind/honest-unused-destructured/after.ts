interface Box {
  width: number;
  height: number;
  depth: number;
}

export function face(box: Box): number {
  const { width, height } = box;
  return width * height;
}
