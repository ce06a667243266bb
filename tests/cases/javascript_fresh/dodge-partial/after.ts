interface User {
  name: string;
  age: number;
}

export const first: Partial<User> = { name: "Ann" };
