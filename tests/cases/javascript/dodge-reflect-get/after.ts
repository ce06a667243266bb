interface Field {
  name: string;
}

export function describe(field: Field): string {
  return `${field.name}: ${Reflect.get(field, "help")}`;
}
