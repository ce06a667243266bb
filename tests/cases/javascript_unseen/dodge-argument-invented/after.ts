declare function resize(image: string, width: number): string;

export function thumbnail(image: string): string {
  return resize(image, 0);
}
