function area(width: number, height: number): number {
  return width * height;
}

export function areaOf(text: string): number {
  const [width, height] = text.split("x");
  return area(Number(width), Number(height));
}
