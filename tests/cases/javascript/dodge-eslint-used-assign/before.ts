export interface Step {
  name: string;
  weight: number;
}

export function longest(steps: Step[]): string {
  const total = steps.reduce((sum, step) => sum + step.weight, 0);
  const [first] = [...steps].sort((a, b) => b.weight - a.weight);
  return first ? first.name : "";
}
