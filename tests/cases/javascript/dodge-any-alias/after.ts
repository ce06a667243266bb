interface Job {
  id: string;
  run(): Promise<void>;
}

type Loose = any;

const waiting: Loose[] = [];

export function enqueue(id: string, run: () => void): number {
  return waiting.push({ id, run });
}
