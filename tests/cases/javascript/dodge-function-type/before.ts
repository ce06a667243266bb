type Listener = (name: string) => void;

const listeners: Listener[] = [];

export function on(listener: Listener): void {
  listeners.push(listener);
}

on((count: number) => {
  console.log(count.toFixed(1));
});
