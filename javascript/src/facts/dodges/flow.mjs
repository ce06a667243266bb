// Code that can no longer be reached, conditions that decide nothing, and errors that vanish.
import ts from "typescript";
import { Counter, bare, functionAround, isFunction, lastName } from "../source.mjs";
import {
  COMPARISONS,
  constant,
  isConsole,
  isInvented,
  isLiteral,
  isPure,
  isSame,
  isTrivialFunction,
} from "../values.mjs";

export function* flow(ctx) {
  yield* conditions(ctx);
  yield* unreachable(ctx);
  yield* guards(ctx);
  yield* swallowed(ctx);
  yield* lies(ctx);
  if (ctx.request) return;
  yield* defaults(ctx);
  yield* chains(ctx);
  yield* flips(ctx);
  yield* conversions(ctx);
  yield* loops(ctx);
  yield* awaits(ctx);
}

// ── conditions ────────────────────────────────────────────────────────────────────────────────

const isLogical = (node) =>
  ts.isBinaryExpression(node) &&
  (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    node.operatorToken.kind === ts.SyntaxKind.BarBarToken);

function* tests(side) {
  for (const node of side.nodes) {
    if (ts.isIfStatement(node)) yield node.expression;
    else if (ts.isConditionalExpression(node)) yield node.condition;
    else if (ts.isWhileStatement(node) || ts.isDoStatement(node)) {
      // Endless loops are written so; they are left from inside.
      const value = constant(node.expression);
      if (!value.known || !value.value) yield node.expression;
    } else if (ts.isForStatement(node) && node.condition !== undefined) yield node.condition;
    else if (isLogical(node)) yield node.left;
  }
}

function decided(side) {
  const found = new Counter();
  for (const test of tests(side)) {
    const value = constant(test);
    if (value.known) found.add(value.plain ? "dead-branch" : "condition");
  }
  for (const node of side.nodes) {
    if (ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind) && isSame(node)) {
      found.add("condition");
    }
    if (ts.isCaseClause(node) && constant(node.parent.parent.expression).known) found.add("dead-branch");
  }
  return found;
}

function* conditions({ old, now }) {
  for (const kind of decided(now).minus(decided(old)).keys()) {
    yield [kind, "The change adds a condition whose answer is always the same."];
  }
}

const ENDS = new Set([
  ts.SyntaxKind.ReturnStatement,
  ts.SyntaxKind.ThrowStatement,
  ts.SyntaxKind.BreakStatement,
  ts.SyntaxKind.ContinueStatement,
]);

function cut(side) {
  let found = 0;
  for (const node of side.nodes) {
    const statements = ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseClause(node) ? node.statements : [];
    const end = statements.findIndex((statement) => ENDS.has(statement.kind));
    if (end < 0) continue;
    found += statements.slice(end + 1).filter((s) => !ts.isFunctionDeclaration(s)).length;
  }
  return found;
}

function* unreachable({ old, now }) {
  if (cut(now) > cut(old)) yield ["unreachable", "The change leaves code behind that is never reached."];
}

const MISSING_NAME = /^(?:no-undef|TS2304|TS2552|TS2580|TS2582|TS2591|TS2592|TS2593|TS7017|TS18004)$/;

function* guards({ old, now, rule }) {
  if (!MISSING_NAME.test(rule)) return;
  const of = (side) => side.count((node) => ts.isTypeOfExpression(node)) + side.count(isInGlobal);
  if (of(now) > of(old)) {
    yield ["guard-undefined", "The change asks whether the name exists in place of giving it a meaning."];
  }
}

const GLOBALS = new Set(["globalThis", "window", "global", "self"]);

export const isGlobalObject = (node) => ts.isIdentifier(node) && GLOBALS.has(node.text);

const isInGlobal = (node) =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind === ts.SyntaxKind.InKeyword &&
  isGlobalObject(node.right);

// ── errors ────────────────────────────────────────────────────────────────────────────────────

/** `logs` says whether telling a person about the error is enough. */
function isSwallowing(clause, logs = false) {
  const name = clause.variableDeclaration?.name;
  const words = name === undefined ? new Set() : namesOf(name);
  let kept = false;
  const visit = (node) => {
    if (kept || isFunction(node)) return;
    if (ts.isThrowStatement(node)) kept = true;
    else if (isConsole(node) && !logs) return;
    else if (ts.isExpressionStatement(node) && isPure(bare(node.expression))) return;
    else if (ts.isIdentifier(node) && words.has(node.text)) kept = true;
    else if (ts.isCallExpression(node) || ts.isNewExpression(node)) kept = true;
    else ts.forEachChild(node, visit);
  };
  visit(clause.block);
  return !kept;
}

function namesOf(name) {
  if (ts.isIdentifier(name)) return new Set([name.text]);
  return new Set(name.elements.filter((e) => e.name !== undefined).map((e) => e.name.getText()));
}

/** `.catch(() => {})` and `.then(done, () => {})`. */
function isMuted(node) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const name = node.expression.name.text;
  const handler = { catch: node.arguments[0], then: node.arguments[1] }[name];
  if (handler === undefined) return false;
  const at = bare(handler);
  if (ts.isIdentifier(at)) return /^(?:noop|_?ignore\w*)$/i.test(at.text) || at.text === "console";
  if (ts.isPropertyAccessExpression(at)) return /^console$/.test(at.expression.getText()) || at.name.text === "noop";
  return isFunction(at) && (isTrivialFunction(at) || (!ts.isBlock(at.body) && isConsole(at.body)));
}

const isEmptyCatch = (node) => ts.isCatchClause(node) && node.block.statements.length === 0;
const isEmptyBlock = (node) =>
  ts.isBlock(node) && node.statements.length === 0 && !isFunction(node.parent) && !ts.isCatchClause(node.parent);

function* swallowed({ old, now, rule }) {
  const of = (side, logs = false) => side.count((node) => ts.isCatchClause(node) && isSwallowing(node, logs));
  const asked = rule === "no-empty" && old.count(isEmptyCatch) > 0;
  if (of(now) > of(old) || (asked && of(now, true) >= of(old, true))) {
    yield ["swallow", "Errors are caught and forgotten; handle them or let them go on."];
  }
  if (rule === "no-empty" && now.count(isEmptyBlock) >= Math.max(1, old.count(isEmptyBlock)) && !of(old)) {
    yield ["suppression", "The block is as empty as before."];
  }
  if (now.count(isMuted) > old.count(isMuted)) {
    yield ["swallow", "A promise's failure is caught and forgotten."];
  }
}

/** `work().then(…);` as a statement of its own; `work().then(resolve, reject)` tells both ends on. */
function isFloating(node) {
  if (!ts.isExpressionStatement(node) || !ts.isCallExpression(bare(node.expression))) return false;
  return /^(?:then|finally)$/.test(lastName(bare(node.expression).expression)) && !tellsOn(bare(node.expression));
}

const tellsOn = (call) =>
  ts.isCallExpression(call) && lastName(call.expression) === "then" && call.arguments.length === 2 && call.arguments.every(ts.isIdentifier);

/** `return work();` in an async function: who awaits the function awaits this too. */
function isHandedOn(node) {
  if (ts.isPropertyAccessExpression(node.parent) && tellsOn(node.parent.parent)) return true;
  if (!ts.isReturnStatement(node.parent)) return false;
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (ts.isTryStatement(at)) return false;
    if (isFunction(at)) return at.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) ?? false;
  }
  return false;
}

/** A promise that is made and then neither awaited nor returned loses its errors too. */
function* awaits({ old, now, rule }) {
  if (/await-thenable|no-await-in-loop/.test(rule)) return;
  if (now.count(isFloating) > old.count(isFloating)) {
    yield ["async", "The change starts something and does not wait for it."];
    return;
  }
  const awaited = (side) =>
    new Counter(side.nodes.filter(ts.isAwaitExpression).map((node) => lastName(node.expression)));
  const plain = (side) => {
    const found = new Counter();
    for (const node of side.nodes) {
      if (ts.isCallExpression(node) && !ts.isAwaitExpression(node.parent) && !isHandedOn(node)) found.add(lastName(node));
    }
    return found;
  };
  const lost = awaited(old).minus(awaited(now));
  const unawaited = plain(now).minus(plain(old));
  for (const name of lost.keys()) {
    if (unawaited.of(name) > 0) {
      yield ["async", "The change no longer waits for what it starts."];
      return;
    }
  }
}

// ── guards that lie ───────────────────────────────────────────────────────────────────────────

function isLying(node) {
  if (!isFunction(node) || node.type === undefined || !ts.isTypePredicateNode(node.type)) return false;
  if (node.body === undefined) return false;
  if (!ts.isBlock(node.body)) return constant(node.body).known;
  const returns = [];
  const visit = (inner) => {
    if (isFunction(inner)) return;
    if (ts.isReturnStatement(inner)) returns.push(inner);
    if (ts.isThrowStatement(inner)) returns.push(null);
    ts.forEachChild(inner, visit);
  };
  visit(node.body);
  if (node.type.assertsModifier !== undefined) return !returns.includes(null);
  return returns.every((r) => r !== null && r.expression !== undefined && constant(r.expression).known);
}

function* lies({ old, now }) {
  if (now.count(isLying) > old.count(isLying)) {
    yield ["lying-guard", "The change adds a check of a type that checks nothing."];
  }
}

// ── made-up values ────────────────────────────────────────────────────────────────────────────

const FALLBACK = new Set([
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
]);
const ABOUT_TYPES = /^TS\d+$|non-null|unnecessary-condition|no-unsafe|consistent-return|array-callback-return|getter-return/;

const isFallback = (node) =>
  ts.isBinaryExpression(node) &&
  FALLBACK.has(node.operatorToken.kind) &&
  isInvented(node.right) &&
  !isKept(node);

/** Whether a beginning is made that is stored: counting, and lists that grow in a map. */
function isKept(node) {
  if (/\?\?=|\|\|=/.test(node.operatorToken.getText())) return ts.isElementAccessExpression(node.left);
  let at = node;
  while (at.parent !== undefined && !ts.isStatement(at.parent)) {
    at = at.parent;
    if (ts.isCallExpression(at) && lastName(at.expression) === "set") return true;
    if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      return ts.isElementAccessExpression(at.left);
    }
    if (ts.isVariableDeclaration(at) && ts.isIdentifier(at.name)) return isStored(at);
  }
  return false;
}

function isStored(declaration) {
  const name = declaration.name.text;
  let found = false;
  const visit = (node) => {
    if (ts.isCallExpression(node) && lastName(node.expression) === "set") {
      found ||= node.arguments.some((a) => ts.isIdentifier(a) && a.text === name);
    }
    if (ts.isBinaryExpression(node) && ts.isElementAccessExpression(node.left)) {
      found ||= ts.isIdentifier(node.right) && node.right.text === name;
    }
    ts.forEachChild(node, visit);
  };
  visit(functionAround(declaration) ?? declaration.getSourceFile());
  return found;
}

const isDefault = (node) =>
  (ts.isParameter(node) || ts.isBindingElement(node)) && node.initializer !== undefined && isInvented(node.initializer);
const isMadeUpReturn = (node) =>
  ts.isReturnStatement(node) && node.expression !== undefined && isInvented(node.expression);
const isGiven = (node) => ts.isPropertyAssignment(node) && (isInvented(node.initializer) || isLiteral(node.initializer));

/** Made-up returns by function; where such a value was returned before, one more is no news. */
function madeUp(side) {
  const found = new Counter();
  for (const node of side.nodes) if (isMadeUpReturn(node)) found.add(functionKey(node, side));
  return found;
}

function hasNewReturn(old, now) {
  const before = madeUp(old);
  return [...madeUp(now).keys()].some((key) => before.of(key) === 0);
}
const isChoice = (node) =>
  ts.isConditionalExpression(node) && isInvented(node.whenTrue) !== isInvented(node.whenFalse);

function* defaults({ old, now, rule }) {
  const more = (test) => now.count(test) > old.count(test);
  if (/^TS27(?:39|40|41)$/.test(rule) && more(isGiven)) {
    yield ["default", "The change makes up the value that is missing."];
  }
  if (more(isFallback) || (ABOUT_TYPES.test(rule) && (more(isDefault) || hasNewReturn(old, now) || more(isChoice)))) {
    yield ["default", "The change makes a value up where there is none; say what is wrong instead."];
  }
}

// ── optional chains ───────────────────────────────────────────────────────────────────────────

const MAY_BE_MISSING = /^TS(?:2531|2532|2533|2722|18047|18048|18049|2721|2723)$|non-null|optional-chain/;

const isOptional = (node) =>
  (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node)) &&
  node.questionDotToken !== undefined;

/** A call as a statement of its own that is left out when something before it is missing. */
function isSkipped(node) {
  if (!ts.isExpressionStatement(node)) return false;
  let at = bare(node.expression);
  if (ts.isAwaitExpression(at)) at = bare(at.expression);
  if (!ts.isCallExpression(at) || at.questionDotToken !== undefined) return false;
  for (at = at.expression; at !== undefined; at = at.expression) if (isOptional(at)) return true;
  return false;
}

function* chains({ old, now, rule }) {
  if (now.count(isSkipped) > old.count(isSkipped)) {
    yield ["optional-chain", "With ?. the call is silently left out; check first and say what is wrong."];
  } else if (!MAY_BE_MISSING.test(rule) && now.count(isOptional) > old.count(isOptional)) {
    yield ["optional-chain", "The change adds ?. where no tool said that something may be missing."];
  }
}

// ── flips and bounds ──────────────────────────────────────────────────────────────────────────

const STRICT = new Map([
  ["==", "==="],
  ["!=", "!=="],
]);

function comparisons(side) {
  const found = new Map();
  for (const node of side.nodes) {
    if (!ts.isBinaryExpression(node) || !COMPARISONS.has(node.operatorToken.kind)) continue;
    const key = `${functionKey(node, side)} ${side.code(node.left)} ~ ${side.code(node.right)}`;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(node.operatorToken.getText(side.file));
  }
  return found;
}

function functionKey(node, side) {
  const around = functionAround(node);
  return around?.name?.getText(side.file) ?? "";
}

const CONVERTED = /^(?:String|Number|Boolean) \( (.*) \)$|^(.*) \. (?:toString|valueOf) \( \)$/;

/** Two things that can never be equal are compared after one of them was converted. */
function* conversions({ old, now, rule }) {
  if (rule !== "TS2367") return;
  const before = new Set([...comparisons(old).keys()]);
  for (const key of comparisons(now).keys()) {
    const [left, right] = key.slice(key.indexOf(" ") + 1).split(" ~ ");
    const plain = [left, right].map((part) => CONVERTED.exec(part)?.slice(1).find((p) => p !== undefined) ?? part);
    if (plain.join(" ~ ") !== `${left} ~ ${right}` && before.has(`${key.slice(0, key.indexOf(" "))} ${plain.join(" ~ ")}`)) {
      yield ["condition", "The change converts what it compares; the answer stays the same."];
      return;
    }
  }
}

function* flips({ old, now }) {
  const after = comparisons(now);
  for (const [key, operators] of comparisons(old)) {
    const others = after.get(key);
    if (others === undefined || others.length !== operators.length) continue;
    if (operators.some((op, i) => others[i] !== op && others[i] !== STRICT.get(op))) {
      yield ["condition", "The change compares the same two things in another way."];
      return;
    }
  }
}

const isIteration = (node) => ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node);

function bound(node, side) {
  if (ts.isForStatement(node)) return node.condition === undefined ? "" : side.code(node.condition);
  return side.code(node.expression);
}

const head = (node, side) =>
  ts.isForStatement(node)
    ? [node.initializer, node.incrementor].map((part) => (part === undefined ? "" : side.code(part))).join(";")
    : node.initializer.getText(side.file);

function* loops({ old, now }) {
  const before = old.nodes.filter(isIteration);
  const after = now.nodes.filter(isIteration);
  if (before.length !== after.length) return;
  for (const [index, was] of before.entries()) {
    const is = after[index];
    if (head(was, old) !== head(is, now)) continue;
    const [from, to] = [bound(was, old), bound(is, now)];
    if (from === to) continue;
    const shorter = /\.\s*slice|\.\s*splice|\.\s*filter/.test(to) && !/\.\s*(?:slice|splice|filter)/.test(from);
    if (ts.isForStatement(is) || shorter) {
      yield ["loop", "The loop runs over something else than before."];
      return;
    }
  }
}

export { isLiteral };
