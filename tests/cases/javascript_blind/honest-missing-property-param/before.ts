interface Release {
  tag: string;
  notes: string;
}

export function release(tag: string, notes = `Release ${tag}`): Release {
  return { tag };
}
