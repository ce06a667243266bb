export function visit(nodes, seen) {
  for (const node of nodes) {
    seen.add(node.id);
    break;
  }
  return seen.size;
}
