// What other files see of a script: exports and how they are called, and what it imports.
import ts from "typescript";
import { isFunction } from "./source.mjs";

const flags = (node) => (ts.canHaveModifiers(node) ? ts.getCombinedModifierFlags(node) : 0);
const isHidden = (node) =>
  (flags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
  (node.name !== undefined && ts.isPrivateIdentifier(node.name));

/** Maps each exported name, and each open member of an exported class, to what it takes. */
export function surface(side) {
  const found = new Map();
  const tops = new Map();
  for (const statement of side.file.statements) for (const [name, node] of named(statement)) tops.set(name, node);
  for (const statement of side.file.statements) {
    const exported = (flags(statement) & ts.ModifierFlags.Export) !== 0;
    if (exported) {
      const isDefault = (flags(statement) & ts.ModifierFlags.Default) !== 0;
      for (const [name, node] of named(statement)) describe(isDefault ? "default" : name, node, side, found);
    }
    if (ts.isExportAssignment(statement)) {
      describe("default", tops.get(statement.expression.getText(side.file)) ?? statement.expression, side, found);
    }
    if (ts.isExportDeclaration(statement)) clause(statement, tops, side, found);
    if (ts.isExpressionStatement(statement)) commonJs(statement.expression, tops, side, found);
  }
  return found;
}

function* named(statement) {
  if (ts.isVariableStatement(statement)) {
    for (const declaration of statement.declarationList.declarations) {
      if (ts.isIdentifier(declaration.name)) yield [declaration.name.text, declaration];
      else for (const e of declaration.name.elements) if (e.name !== undefined) yield [e.name.getText(), e];
    }
  } else if (statement.name !== undefined && ts.isIdentifier(statement.name)) yield [statement.name.text, statement];
  else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) yield ["default", statement];
}

function clause(statement, tops, side, found) {
  if (statement.exportClause === undefined) {
    found.set(`* from ${statement.moduleSpecifier?.getText(side.file)}`, { kind: "all" });
  } else if (ts.isNamespaceExport(statement.exportClause)) {
    found.set(statement.exportClause.name.text, { kind: "value" });
  } else {
    for (const specifier of statement.exportClause.elements) {
      describe(specifier.name.text, tops.get((specifier.propertyName ?? specifier.name).text), side, found);
    }
  }
}

function commonJs(node, tops, side, found) {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
  const left = node.left.getText(side.file);
  const one = /^(?:module\.)?exports\.(\w+)$/.exec(left);
  if (one !== null) describe(one[1], tops.get(node.right.getText(side.file)) ?? node.right, side, found);
  if (left !== "module.exports") return;
  if (!ts.isObjectLiteralExpression(node.right)) {
    describe("default", tops.get(node.right.getText(side.file)) ?? node.right, side, found);
    return;
  }
  for (const property of node.right.properties) {
    if (property.name === undefined) continue;
    const value = ts.isPropertyAssignment(property) ? property.initializer : property;
    const name = property.name.getText(side.file);
    describe(name, tops.get(ts.isShorthandPropertyAssignment(property) ? name : value.getText(side.file)) ?? value, side, found);
  }
}

function describe(name, node, side, found) {
  if (node === undefined) {
    found.set(name, { kind: "value" });
    return;
  }
  const value = ts.isVariableDeclaration(node) ? (node.initializer ?? node) : node;
  if (isFunction(value)) found.set(name, callable(value, side));
  else if (ts.isClassDeclaration(value) || ts.isClassExpression(value)) {
    found.set(name, { kind: "class" });
    for (const member of value.members) {
      if (isHidden(member)) continue;
      const own = ts.isConstructorDeclaration(member) ? "constructor" : member.name?.getText(side.file);
      if (own === undefined) continue;
      found.set(`${name}.${own}`, isFunction(member) ? callable(member, side) : { kind: "value" });
    }
  } else found.set(name, { kind: ts.isInterfaceDeclaration(value) || ts.isTypeAliasDeclaration(value) ? "type" : "value" });
}

function callable(node, side) {
  const parameters = node.parameters.filter((p) => p.name.getText(side.file) !== "this");
  return {
    kind: ts.isGetAccessor(node) || ts.isSetAccessor(node) ? "value" : "function",
    required: parameters.filter((p) => !p.questionToken && !p.initializer && !p.dotDotDotToken).length,
    most: parameters.some((p) => p.dotDotDotToken) ? Infinity : parameters.length,
    names: parameters.map((p) => p.name.getText(side.file)),
    later: isLater(node, side),
    generator: node.asteriskToken !== undefined,
  };
}

function isLater(node, side) {
  if ((flags(node) & ts.ModifierFlags.Async) !== 0) return true;
  if (node.type !== undefined) return /^Promise\b/.test(node.type.getText(side.file));
  const body = node.body?.getText(side.file) ?? "";
  return /return\s+new\s+Promise\b|return\s+Promise\./.test(body);
}

/** Yields what a caller that worked before would trip over. */
export function* broken(old, now) {
  const after = surface(now);
  for (const [name, was] of surface(old)) {
    const is = after.get(name);
    // A class without a constructor of its own is made without arguments.
    const idle = name.endsWith(".constructor") && was.required === 0 && after.has(name.slice(0, -12));
    if (is === undefined && idle) continue;
    if (is === undefined) yield `${name} is no longer exported.`;
    else if (was.kind !== is.kind && was.kind !== "type" && is.kind !== "type") yield `${name} is no longer a ${was.kind}.`;
    else if (was.kind === "function") {
      if (is.required > was.required) yield `${name} needs more arguments than before.`;
      else if (displaced(was.names, is.names)) yield `${name} takes its arguments in other places.`;
      else if (was.generator !== is.generator) yield `${name} ${is.generator ? "became" : "is no longer"} a generator.`;
      else if (was.later !== is.later) yield `${name} ${is.later ? "now returns" : "no longer returns"} a promise.`;
    }
  }
}

/** An argument that nobody reads may go from the end; the others keep their places. */
function displaced(before, after) {
  return after.some((name, index) => before.includes(name) && before.indexOf(name) !== index);
}

/** Returns every module that a script names, in whatever way. */
export function imported(side) {
  const found = new Set();
  for (const node of side.nodes) {
    let from;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) from = node.moduleSpecifier;
    else if (ts.isExternalModuleReference(node)) from = node.expression;
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) from = node.argument.literal;
    else if (ts.isCallExpression(node) && isLoad(node)) from = node.arguments[0];
    if (from !== undefined && ts.isStringLiteralLike(from)) found.add(from.text);
  }
  return found;
}

const isLoad = (node) =>
  node.expression.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(node.expression) && node.expression.text === "require") ||
  (ts.isPropertyAccessExpression(node.expression) && node.expression.getText() === "require.resolve");

/** Returns the lines, from 0, that hold nothing but imports at the top level. */
export function importLines(side) {
  const lines = new Set();
  const others = new Set();
  for (const statement of side.file.statements) {
    const target = isImport(statement) ? lines : others;
    const last = side.line(statement.getEnd());
    for (let line = side.line(statement.getStart(side.file)); line <= last; line += 1) target.add(line);
  }
  return [...lines].filter((line) => !others.has(line)).sort((a, b) => a - b);
}

function isImport(statement) {
  if (ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement)) return true;
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.every(
      (d) => d.initializer !== undefined && ts.isCallExpression(d.initializer) && isLoad(d.initializer),
    )
  );
}
