interface Old {
  id: number;
}

export interface Current {
  id: string;
}

export function idOf(value: Current): string {
  return value.id;
}
