interface Form {
  email: string;
  consent: boolean;
}

export function isValid(form: Form): boolean {
  return form.email.includes("@") && form.consent;
}
