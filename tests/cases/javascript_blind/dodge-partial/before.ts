interface Theme {
  ink: string;
  paper: string;
}

export function dark(ink: string): Theme {
  return { ink };
}
