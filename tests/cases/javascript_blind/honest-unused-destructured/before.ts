interface Box {
  width: number;
  height: number;
  depth: number;
}

export function face(box: Box): number {
  const { width, height, depth } = box;
  return width * height;
}
