// What of a TypeScript file other files can read, found on its syntax alone.
//
// The body of a function whose result is written down says nothing to others, but for two things
// that it does to code around it: assigning a name ends the narrowing of that name in other
// functions, and using `this` decides when the types around a function expression are inferred.
import ts from "typescript";

/**
 * @param {ts.SourceFile} source as a program holds it
 * @returns {string} equal strings mean that other files see the same
 */
export function heads(source) {
  const kept = [];
  let at = 0;
  const visit = (node) => {
    if (isSealed(node)) {
      ts.forEachChild(node, (child) => void (child === node.body || visit(child)));
      kept.push(source.text.slice(at, node.body.pos), [...reachesOut(node.body)].sort());
      at = node.body.end;
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(source);
  return JSON.stringify([kept, source.text.slice(at), source.imports.map(({ text }) => text)]);
}

function isSealed(node) {
  return (
    (ts.isFunctionDeclaration(node) ||
      ts.isFunctionExpression(node) ||
      ts.isArrowFunction(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isGetAccessor(node)) &&
    node.type !== undefined &&
    node.body !== undefined &&
    ts.isBlock(node.body)
  );
}

/** Names that stand in what is assigned to, and "this" where it is used. */
function reachesOut(body) {
  const found = new Set();
  const names = (node) => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, names);
  };
  const visit = (node) => {
    if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.ThisType) {
      found.add("this");
    } else if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      names(node.left);
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const changes = [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken];
      if (changes.includes(node.operator)) names(node.operand);
    } else if (ts.isForInStatement(node) || ts.isForOfStatement(node)) {
      names(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function isAssignment(kind) {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}
