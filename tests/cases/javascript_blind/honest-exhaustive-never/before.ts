type Level = "low" | "high" | "none";

export function score(level: Level): number {
  switch (level) {
    case "low":
      return 1;
    case "high":
      return 2;
  }
}
