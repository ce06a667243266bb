// Uses, names and look-ups that are there for the tool and for nothing else.
import ts from "typescript";
import { Counter, bare, functionAround, isFunction, lastName } from "../source.mjs";
import { isConsole, isInvented, isLiteral, isTrivialFunction } from "../values.mjs";
import { isGlobalObject } from "./flow.mjs";

const UNUSED = /no-unused-vars|no-unused-private|^TS(?:6133|6192|6196|6198|6138)$/;
const MISSING = /^(?:no-undef|TS2304|TS2552|TS2580|TS2591|TS2305|TS2693|TS18004)$/;

export function* uses(ctx) {
  yield* dynamic(ctx);
  yield* dummies(ctx);
  yield* switches(ctx);
  if (ctx.request) return;
  yield* disguises(ctx);
  yield* renames(ctx);
  if (UNUSED.test(ctx.rule)) {
    yield* pretences(ctx);
    yield* opened(ctx);
  }
  yield* idle(ctx);
}

// ── dynamic code and look-ups ─────────────────────────────────────────────────────────────────

function dynamicUses(side) {
  const found = new Counter();
  for (const node of side.nodes) {
    if (ts.isIdentifier(node) && !isPropertyName(node)) {
      if (node.text === "eval") found.add("eval");
      if (node.text === "Function" && !isInType(node) && !isBelowInstanceOf(node)) found.add("Function");
    }
    if (ts.isPropertyAccessExpression(node) && isGlobalObject(node.expression) && /^(?:eval|Function)$/.test(node.name.text)) {
      found.add("globalThis.eval");
    }
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && lastName(node.expression) === "constructor") {
      found.add("constructor");
    }
    if (ts.isCallExpression(node)) {
      const name = lastName(node.expression);
      const root = node.expression.expression;
      if (/^(?:setTimeout|setInterval|setImmediate)$/.test(name) && isTextual(node.arguments[0])) found.add("eval");
      if (root !== undefined && ts.isIdentifier(root) && root.text === "Reflect") found.add("Reflect");
      if (root !== undefined && ts.isIdentifier(root) && /^(?:vm|Module)$/.test(root.text)) found.add("vm");
      if (name === "getOwnPropertyDescriptor") found.add("Reflect");
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      if (node.arguments[0] !== undefined && !ts.isStringLiteralLike(node.arguments[0])) found.add("import");
    }
    if (ts.isWithStatement(node)) found.add("with");
    if (isNamedAccess(node)) found.add(`[${node.argumentExpression.getText(side.file)}]`);
  }
  return found;
}

/** `object["name"]`, `globalThis["name"]`: a property that the checker would have found missing. */
function isNamedAccess(node) {
  if (!ts.isElementAccessExpression(node)) return false;
  const key = bare(node.argumentExpression);
  return isTextual(key) || isGlobalObject(bare(node.expression));
}

function isTextual(node) {
  if (node === undefined) return false;
  const at = bare(node);
  if (ts.isStringLiteralLike(at) || ts.isTemplateExpression(at)) return true;
  return ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.PlusToken && isTextual(at.left);
}

const isPropertyName = (node) =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node) ||
  ((ts.isMethodDeclaration(node.parent) || ts.isPropertySignature(node.parent)) && node.parent.name === node);

const isInType = (node) => ts.isTypeReferenceNode(node.parent) || ts.isExpressionWithTypeArguments(node.parent);
const isBelowInstanceOf = (node) =>
  ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;

function* dynamic({ old, now, rule }) {
  const added = dynamicUses(now).minus(dynamicUses(old));
  if (/^TS4111$|dot-notation/.test(rule)) for (const key of added.keys()) if (key[0] === "[") added.delete(key);
  if (added.size > 0) {
    yield ["dynamic", "The change makes code from texts or reaches things by name, unseen by the tools."];
  }
}

// ── dummies ───────────────────────────────────────────────────────────────────────────────────

function* dummies({ old, now, rule }) {
  if (!MISSING.test(rule)) return;
  for (const [name, nodes] of now.declared) {
    if (old.declared.has(name) || old.words.of(name) === 0) continue;
    if (nodes.some(isDummy)) yield ["dummy", `${name} is made up so that the name exists.`];
  }
}

function isDummy(node) {
  if (ts.isFunctionDeclaration(node)) return isTrivialFunction(node);
  if (ts.isClassDeclaration(node)) return node.members.length === 0;
  if (!ts.isVariableDeclaration(node)) return false;
  if (node.initializer === undefined) return true;
  const value = bare(node.initializer);
  return isInvented(value) || isLiteral(value) || isTrivialFunction(value);
}

// ── switches that make things less safe ───────────────────────────────────────────────────────

const OFF = new Set(["rejectUnauthorized", "strictSSL", "secure", "httpOnly", "verify", "checkServerIdentity", "contextIsolation", "webSecurity", "sandbox"]);
const ON = new Set(["shell", "insecure", "nodeIntegration", "allowRunningInsecureContent", "insecureHTTPParser", "noEscape"]);

function isUnsafe(node) {
  if (ts.isPropertyAssignment(node)) {
    const name = node.name.getText();
    const value = bare(node.initializer);
    if (OFF.has(name)) return value.kind === ts.SyntaxKind.FalseKeyword || isTrivialFunction(value);
    return ON.has(name) && value.kind !== ts.SyntaxKind.FalseKeyword;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return /NODE_TLS_REJECT_UNAUTHORIZED|\.(?:inner|outer)HTML$/.test(node.left.getText());
  }
  if (!ts.isCallExpression(node)) return false;
  const weak = /^(?:createHash|createHmac|createCipher|createDecipher)$/.test(lastName(node.expression));
  const first = node.arguments[0];
  return weak && first !== undefined && ts.isStringLiteralLike(first) && /^(?:md[245]|sha-?1|des|rc4)/i.test(first.text);
}

function* switches({ old, now }) {
  if (now.count(isUnsafe) > old.count(isUnsafe)) {
    yield ["weakened", "The change switches a protection off."];
  }
}

// ── disguises ─────────────────────────────────────────────────────────────────────────────────

const DANGER = new Set(["eval", "Function", "RegExp", "exec", "execSync", "spawn", "spawnSync", "fork", "child_process"]);

function disguised(side) {
  const found = new Counter();
  for (const node of side.nodes) {
    const from = ts.isVariableDeclaration(node) ? node.initializer : undefined;
    if (from !== undefined && isDanger(bare(from))) found.add("alias");
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && isDanger(bare(node.right))) {
      found.add("alias");
    }
    if (ts.isImportSpecifier(node) && DANGER.has(node.propertyName?.text ?? "")) found.add("alias");
    if (ts.isBindingElement(node) && node.propertyName !== undefined && DANGER.has(node.propertyName.getText())) {
      found.add("alias");
    }
    if (ts.isCallExpression(node) && /^(?:call|apply|bind)$/.test(lastName(node.expression)) && isDanger(bare(node.expression.expression))) {
      found.add("alias");
    }
  }
  return found;
}

const isDanger = (node) =>
  node !== undefined &&
  (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
  DANGER.has(lastName(node)) &&
  !(ts.isIdentifier(node) && node.text === "child_process");

/** A call of a shell with a text that is put together. */
const isComposedShell = (node) =>
  ts.isCallExpression(node) &&
  /^(?:exec|execSync)$/.test(lastName(node.expression)) &&
  node.arguments.length > 0 &&
  !ts.isStringLiteralLike(bare(node.arguments[0]));

/** `text.match(pattern)` makes a regular expression of any text. */
const isHiddenPattern = (node) =>
  ts.isCallExpression(node) &&
  /^(?:match|matchAll|search)$/.test(lastName(node.expression)) &&
  node.arguments.length > 0 &&
  !ts.isRegularExpressionLiteral(bare(node.arguments[0])) &&
  !ts.isStringLiteralLike(bare(node.arguments[0]));

function* disguises({ old, now, rule }) {
  const shells = now.count(isComposedShell);
  if (/detect-child-process/.test(rule) && shells > 0 && shells >= old.count(isComposedShell)) {
    yield ["disguise", "The shell still gets a text that is put together."];
  } else if (/detect-non-literal-regexp/.test(rule) && now.count(isHiddenPattern) > old.count(isHiddenPattern)) {
    yield ["disguise", "The text becomes a regular expression all the same."];
  }
  if (disguised(now).total > disguised(old).total) {
    yield ["disguise", "The change gives a dangerous function another name."];
  }
}

// ── names ─────────────────────────────────────────────────────────────────────────────────────

function* renames({ old, now }) {
  for (const [name] of now.declared) {
    if (old.declared.has(name) || !/^_|_$/.test(name)) continue;
    const plain = name.replace(/^_+|_+$/g, "");
    const was = old.declared.has(plain) && !now.declared.has(plain);
    if (was && now.words.of(name) <= old.words.of(plain)) {
      yield ["renamed", `${plain} was renamed to ${name} and is as unused as before.`];
      return;
    }
  }
}

/** A private member that nobody uses becomes one that anybody may use. */
function* opened({ old, now }) {
  const hidden = (side) =>
    new Set(side.nodes.filter((n) => ts.isClassElement(n) && isPrivate(n)).map((n) => n.name?.getText(side.file)));
  const left = hidden(now);
  for (const name of hidden(old)) {
    const plain = name?.replace(/^#/, "");
    if (name !== undefined && !left.has(name) && now.nodes.some((n) => ts.isClassElement(n) && n.name?.getText(now.file) === plain)) {
      yield ["export", `${plain} is opened to everybody so that it counts as used.`];
      return;
    }
  }
}

const isPrivate = (node) =>
  (node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
  (ts.canHaveModifiers(node) && (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0);

// ── pretended uses ────────────────────────────────────────────────────────────────────────────

function* pretences({ old, now }) {
  for (const [name, nodes] of old.declared) {
    if (!now.declared.has(name) || now.words.of(name) <= old.words.of(name)) {
      if (now.declared.has(name) && isNewlyExported(nodes, now.declared.get(name), old.words.of(name))) {
        yield ["export", `${name} is exported so that it counts as used.`];
      }
      continue;
    }
    const before = old.identifiers.get(name).filter((n) => isUseOf(n, name)).length;
    const after = now.identifiers.get(name).filter((n) => isUseOf(n, name));
    if (before > 0 || after.length === 0) continue;
    if (after.every(isExported)) yield ["export", `${name} is exported so that it counts as used.`];
    else if (after.every((use) => isPretence(use, now))) {
      yield ["discard", `${name} is used in a way that does nothing.`];
    }
  }
}

function isUseOf(node, name) {
  if (!ts.isIdentifier(node) || node.text !== name) return false;
  return node.parent.name !== node || ts.isExportSpecifier(node.parent) || ts.isShorthandPropertyAssignment(node.parent);
}

function isNewlyExported(before, after, uses) {
  const exported = (node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;
  return uses <= 1 && after.some(exported) && !before.some(exported);
}

function isExported(use) {
  for (let at = use.parent; at !== undefined; at = at.parent) {
    if (ts.isExportSpecifier(at) || ts.isExportAssignment(at)) return true;
    if (ts.isBinaryExpression(at)) {
      return /^(?:module\.)?exports\b/.test(at.left.getText()) || /^globalThis\b|^window\b/.test(at.left.getText());
    }
    if (isFunction(at)) return false;
  }
  return false;
}

/** Whether a use neither changes anything nor reaches a result. */
function isPretence(use, side) {
  for (let at = use.parent; at !== undefined; at = at.parent) {
    if (ts.isVoidExpression(at) || isConsole(at)) return true;
    if (ts.isTypeOfExpression(at)) return true;
    if (ts.isVariableDeclaration(at)) {
      const name = at.name.getText(side.file);
      return /^_/.test(name) || side.words.of(name) <= 1;
    }
    if (ts.isExpressionStatement(at)) return hasNoEffect(at.expression);
    // Asked for, and nothing but a way out hangs on the answer.
    if (ts.isIfStatement(at) && at.elseStatement === undefined) return isIdleBranch(at.thenStatement);
    if (ts.isStatement(at) || isFunction(at)) return false;
  }
  return false;
}

function isIdleBranch(node) {
  const statements = ts.isBlock(node) ? node.statements : [node];
  return statements.every(
    (s) =>
      ts.isEmptyStatement(s) ||
      (ts.isReturnStatement(s) && s.expression === undefined) ||
      (ts.isExpressionStatement(s) && (isConsole(s.expression) || hasNoEffect(s.expression))),
  );
}

function hasNoEffect(node) {
  const at = bare(node);
  if (ts.isIdentifier(at) || ts.isArrayLiteralExpression(at) || ts.isObjectLiteralExpression(at)) return true;
  if (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) return true;
  if (ts.isVoidExpression(at) || ts.isTypeOfExpression(at) || ts.isPrefixUnaryExpression(at)) {
    return !/\+\+|--/.test(at.getText());
  }
  if (ts.isBinaryExpression(at) && !isAssignment(at)) return isQuiet(at.left) && isQuiet(at.right);
  if (ts.isConditionalExpression(at)) return [at.condition, at.whenTrue, at.whenFalse].every(isQuiet);
  return isLiteral(at);
}

const isQuiet = (node) => ts.isIdentifier(bare(node)) || hasNoEffect(node);
const isAssignment = (node) =>
  node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;

const isEmptyPattern = (node) =>
  (ts.isArrayBindingPattern(node) || ts.isObjectBindingPattern(node)) && node.elements.length === 0;

function* idle({ old, now }) {
  if (now.count(isEmptyPattern) > old.count(isEmptyPattern)) {
    yield ["discard", "The change takes something apart and keeps nothing of it."];
  }
  const of = (side) =>
    side.count((n) => ts.isExpressionStatement(n) && !isDirective(n) && hasNoEffect(n.expression));
  if (of(now) > of(old)) yield ["discard", "The change adds a statement that does nothing."];
}

const isDirective = (node) =>
  ts.isStringLiteral(node.expression) && (ts.isSourceFile(node.parent) || functionAround(node) !== null);
