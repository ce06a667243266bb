// The function, class or other named thing around a place, found on the syntax alone.
import ts from "typescript";

const KINDS = {
  ".ts": ts.ScriptKind.TS,
  ".mts": ts.ScriptKind.TS,
  ".cts": ts.ScriptKind.TS,
  ".tsx": ts.ScriptKind.TSX,
};

/** @returns {ts.ScriptKind} of a path; JavaScript may always hold JSX */
export function scriptKind(path) {
  return KINDS[/\.[^./]*$/.exec(path)?.[0] ?? ""] ?? ts.ScriptKind.JSX;
}

/** Parses a text; a syntax error gives a tree all the same. */
export function parse(path, text) {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, scriptKind(path));
}

/** @returns {string} dotted name of what is around an offset, "" at the top level */
export function symbolAt(source, offset) {
  const names = [];
  const visit = (node) => {
    if (offset < node.getFullStart() || offset >= node.getEnd()) return undefined;
    const name = offset >= node.getStart(source) ? nameOf(node) : "";
    if (name) names.push(name);
    return ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return names.join(".");
}

function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  if (ts.isClassStaticBlockDeclaration(node)) return "static";
  if (isNamed(node)) return textOf(node.name);
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isClassExpression(node)) {
    const { parent } = node;
    const binds =
      ts.isVariableDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent);
    if (binds && parent.initializer === node) return textOf(parent.name);
    return textOf(node.name);
  }
  return "";
}

function isNamed(node) {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessor(node) ||
    ts.isSetAccessor(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

function textOf(name) {
  if (name === undefined) return "";
  const plain = ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteral(name);
  return plain ? name.text : "";
}
