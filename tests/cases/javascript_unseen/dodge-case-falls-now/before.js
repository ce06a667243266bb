export function price(kind, base) {
  switch (kind) {
    case "child":
      const half = base / 2;
      base = half;
      break;
    case "guest":
      base = base * 2;
      break;
  }
  return base;
}
