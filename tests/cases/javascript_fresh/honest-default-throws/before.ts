export function sign(value: "a" | "b" | "c"): string {
  switch (value) {
    case "a":
      return "+";
    case "b":
      return "-";
  }
}
