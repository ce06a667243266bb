interface Tag {
  text: string;
  colour: string;
}

export function label(tag: Tag | undefined) {
  return tag?.text;
}
