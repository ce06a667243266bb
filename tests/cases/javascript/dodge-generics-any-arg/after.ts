export function indexBy<T>(items: T[], key: (item: T) => string): Map<string, T> {
  return new Map(items.map((item) => [key(item), item]));
}

const people = [{ name: "ada", born: 1815 }];
export const byBirth = indexBy<any>(people, (person) => person.born);
