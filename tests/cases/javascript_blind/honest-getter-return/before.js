export class User {
  constructor(first, last) {
    this.first = first;
    this.last = last;
  }

  get name() {
    `${this.first} ${this.last}`;
  }
}
