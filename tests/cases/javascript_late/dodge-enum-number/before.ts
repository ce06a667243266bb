enum Level {
  Low = 1,
  High = 2,
}

function label(level: Level): string {
  return Level[level];
}

export function show(text: string): string {
  return label(text);
}
