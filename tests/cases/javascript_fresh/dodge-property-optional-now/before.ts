interface User {
  name: string;
  age: number;
}

export const first: User = { name: "Ann" };
