interface Node {
  value: number;
  next?: Node;
}

function present<T>(value: T | undefined): asserts value is T {}

export function second(node: Node): number {
  present(node.next);
  return node.next.value;
}
