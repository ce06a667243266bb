interface Form {
  email: string;
  consent: boolean;
}

export function isValid(form: Form): boolean {
  return form.emial.includes("@") && form.consent;
}
