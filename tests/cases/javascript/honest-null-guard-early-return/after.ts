interface Field {
  focus(): void;
}

export function focusFirst(find: (name: string) => Field | null): boolean {
  const field = find("first");
  if (field === null) {
    return false;
  }
  field.focus();
  return true;
}
