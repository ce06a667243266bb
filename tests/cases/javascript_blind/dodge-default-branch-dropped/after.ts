type Colour = string;

export function code(colour: Colour): number {
  switch (colour) {
    case "red":
      return 31;
    case "green":
      return 32;
    case "blue":
      return 34;
  }
}
