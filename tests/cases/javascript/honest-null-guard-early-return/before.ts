interface Field {
  focus(): void;
}

export function focusFirst(find: (name: string) => Field | null): boolean {
  const field = find("first");
  field.focus();
  return true;
}
