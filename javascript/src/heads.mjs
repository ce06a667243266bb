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
  const bodies = [];
  let at = 0;
  const visit = (node) => {
    if (isSealed(node)) {
      ts.forEachChild(node, (child) => void (child === node.body || visit(child)));
      kept.push(source.text.slice(at, node.body.pos));
      bodies.push(node.body);
      at = node.body.end;
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(source);
  kept.push(source.text.slice(at));
  const words = wordsIn(kept);
  const outside = bodies.map((body) => reachesOut(body, words));
  return JSON.stringify([kept, outside, source.imports.map(({ text }) => text)]);
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

/** @returns {Set<string>} the words in pieces of code, each of them once */
export function wordsIn(pieces) {
  return new Set(pieces.flatMap((piece) => piece.match(/[\p{ID_Continue}$\u200c\u200d]+|\\u/gu) ?? []));
}

/**
 * What a body does to names that are declared outside of it, and whether it uses `this`.
 *
 * @param {ts.Block} body
 * @param {Set<string>} words in what stands outside of such bodies: a name that is not among them is
 *   declared inside, unless something there is written as an escape
 * @returns {string[]} names that stand in what is assigned to, sorted
 */
export function reachesOut(body, words) {
  const found = new Set();
  const escaped = words.has("\\u");
  const names = (node) => {
    if (ts.isIdentifier(node) && (escaped || words.has(node.text))) found.add(node.text);
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
  return [...found].sort();
}

function isAssignment(kind) {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}
