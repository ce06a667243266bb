export function firstWord(text: string): string {
  try {
    const [word] = text.match(/^\w+/) as RegExpMatchArray;
    return word ?? "";
  } catch {
    return "";
  }
}
