interface Node {
  value: number;
  next?: Node;
}

export function second(node: Node): number {
  return node.next.value;
}
