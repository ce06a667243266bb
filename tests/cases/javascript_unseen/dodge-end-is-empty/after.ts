type Kind = "a" | "b" | "c";

export function label(kind: Kind): string {
  switch (kind) {
    case "a":
      return "first";
    case "b":
      return "second";
  }
  return "";
}
