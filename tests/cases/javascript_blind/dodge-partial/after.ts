interface Theme {
  ink: string;
  paper: string;
}

export function dark(ink: string): Partial<Theme> {
  return { ink };
}
