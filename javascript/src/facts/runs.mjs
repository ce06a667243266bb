// The smallest runs of statements in which two states of a script differ.
import ts from "typescript";

/** Returns pairs of lists of nodes, wherever they stand; blocks whose heads are the same are entered. */
export function runs(old, now) {
  const found = [];
  const waiting = [[old.file.statements, now.file.statements]];
  while (waiting.length > 0) {
    const [was, is] = withoutEnds(...waiting.pop(), old, now);
    const inside = was.length === is.length ? innerOfAll(was, is, old, now) : null;
    if (inside !== null) waiting.push(...inside);
    else if (was.length + is.length > 0) found.push([was, is]);
  }
  return found;
}

const textOf = (node, side) => side.text.slice(node.getStart(side.file), node.end);

function withoutEnds(was, is, old, now) {
  const most = Math.min(was.length, is.length);
  const same = (i, j) => textOf(was[i], old) === textOf(is[j], now);
  let first = 0;
  while (first < most && same(first, first)) first += 1;
  let last = 0;
  while (last < most - first && same(was.length - 1 - last, is.length - 1 - last)) last += 1;
  return [was.slice(first, was.length - last), is.slice(first, is.length - last)];
}

function innerOfAll(was, is, old, now) {
  const found = [];
  for (let i = 0; i < was.length; i += 1) {
    if (textOf(was[i], old) === textOf(is[i], now)) continue;
    const inside = inner(was[i], is[i], old, now);
    if (inside === null) return null;
    found.push(...inside);
  }
  return found.length > 0 ? found : null;
}

/** Returns the lists in which two nodes differ and nowhere else, null if they differ elsewhere too. */
function inner(was, is, old, now) {
  if (was.kind !== is.kind || was.operator !== is.operator) return null;
  if (((was.flags ^ is.flags) & ts.NodeFlags.BlockScoped) !== 0) return null;
  if (isList(was)) return [[was.statements, is.statements]];
  if (ts.isCaseBlock(was)) return [[was.clauses, is.clauses]];
  const [before, after] = [childrenOf(was), childrenOf(is)];
  return before.length === after.length ? innerOfAll(before, after, old, now) : null;
}

const isList = (node) => ts.isBlock(node) || ts.isModuleBlock(node);

function childrenOf(node) {
  const found = [];
  ts.forEachChild(node, (child) => void found.push(child));
  return found;
}
