interface Form {
  email: string;
  age: number;
}

export function isValid(form: Form): boolean {
  if (!form.email.includes("@")) {
    return false;
  }
  return form.age >= 18 && form.consent;
}
