interface Form {
  email: string;
  age: number;
}

export function isValid(form: Form): boolean {
  return true;
}
