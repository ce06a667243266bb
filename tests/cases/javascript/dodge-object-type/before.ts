interface Row {
  id: number;
  name: string;
}

export function save(row: Row): string {
  return JSON.stringify(row);
}

export function saveNamed(name: string): string {
  return save({ name });
}
