interface Release {
  tag: string;
  notes: string;
}

export function release(tag: string): Release {
  return { tag };
}
