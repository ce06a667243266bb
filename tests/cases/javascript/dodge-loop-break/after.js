export function visit(nodes, seen) {
  for (const node of nodes.slice(0, 1)) {
    seen.add(node.id);
  }
  return seen.size;
}
