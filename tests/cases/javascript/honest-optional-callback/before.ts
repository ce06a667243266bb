interface Options {
  onProgress?: (done: number) => void;
}

export function upload(parts: string[], options: Options): number {
  parts.forEach((_part, index) => options.onProgress(index + 1));
  return parts.length;
}
