interface User {
  name: string;
  age: number;
}

export function make(age: number): User {
  return { name: "Ann" };
}
