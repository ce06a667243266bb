type Kind = "a" | "b" | "c";

export function label(kind: Kind): string {
  switch (kind) {
    case "a":
      return "first";
    case "b":
      return "second";
    default:
      throw new Error(`no label for ${kind}`);
  }
}
