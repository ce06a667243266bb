interface Job {
  id: string;
  run(): Promise<void>;
}

const waiting: Job[] = [];

export function enqueue(id: string, run: () => void): number {
  return waiting.push({ id, run });
}
