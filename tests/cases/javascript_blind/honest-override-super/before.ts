class Animal {
  constructor(readonly name: string) {}
}

export class Dog extends Animal {
  readonly tricks: string[];

  constructor(name: string) {
    this.tricks = [name];
  }
}
