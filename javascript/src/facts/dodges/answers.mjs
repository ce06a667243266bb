// What the repair of a rule must not leave behind: what the rule was about, by another way.
import ts from "typescript";
import { bare, isFunction, lastName } from "../source.mjs";
import { constant, isPure } from "../values.mjs";

export function* answers(ctx) {
  yield* endless(ctx);
  yield* nothings(ctx);
  if (ctx.request) return;
  for (const [asked, isLeft, kind, words] of LEFT) {
    if (asked.test(ctx.rule) && ctx.now.count(isLeft) >= Math.max(1, ctx.old.count(isLeft))) yield [kind, words];
  }
  for (const [asked, isNew, kind, words] of ADDED) {
    if (asked.test(ctx.rule) && ctx.now.count(isNew) > ctx.old.count(isNew)) yield [kind, words];
  }
  yield* handed(ctx);
  yield* digits(ctx);
}

const isText = (node) => ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
const isAnd = (node) =>
  ts.isBinaryExpression(node) &&
  (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    node.operatorToken.kind === ts.SyntaxKind.BarBarToken);
const isAssignment = (node) =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
  node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;

/** A value without `+`, `Number(…)` and the like around it. */
function core(node) {
  const at = bare(node);
  if (ts.isPrefixUnaryExpression(at) && at.operator === ts.SyntaxKind.PlusToken) return core(at.operand);
  const wraps = ts.isCallExpression(at) && at.arguments.length === 1;
  return wraps && /^(?:Number|String|Object|Boolean)$/.test(at.expression.getText()) ? core(at.arguments[0]) : at;
}

/** `value === +value`. */
function comparesItself(node) {
  if (!ts.isBinaryExpression(node) || !/^[=!<>]=?=?$/.test(node.operatorToken.getText())) return false;
  const [left, right] = [core(node.left), core(node.right)];
  return ts.isIdentifier(left) && ts.isIdentifier(right) && left.text === right.text;
}

/** `throw Object("text")`, `throw String(text)`. */
function throwsNoError(node) {
  if (!ts.isThrowStatement(node) || node.expression === undefined) return false;
  const at = bare(node.expression);
  if (!ts.isCallExpression(at)) return constant(at).known || ts.isTemplateExpression(at);
  return /^(?:Object|String|Number|Boolean|Symbol|BigInt|Array)$/.test(at.expression.getText());
}

/** An async function anywhere inside what `new Promise` is given. */
function isAsyncExecutor(node) {
  if (!ts.isNewExpression(node) || node.expression.getText() !== "Promise") return false;
  let found = false;
  const visit = (inner) => {
    if (isFunction(inner) && inner.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword)) found = true;
    if (!found) ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, visit);
  return found;
}

const NATIVE = /^(?:Array|Object|String|Number|Boolean|Function|Promise|Map|Set|Date|RegExp|Error|Symbol|BigInt)$/;
const namesPrototype = (node) =>
  ts.isPropertyAccessExpression(node) && node.name.text === "prototype" && NATIVE.test(node.expression.getText());

/** `parseInt(text, 8)`: the text was read in tens. */
function hasOtherBase(node) {
  if (!ts.isCallExpression(node) || lastName(node.expression) !== "parseInt" || node.arguments.length < 2) return false;
  const base = constant(node.arguments[1]);
  return base.known && base.value !== 10;
}

const SHELL = /^(?:\S*\/)?(?:sh|bash|zsh|dash|ksh|cmd|cmd\.exe|powershell|pwsh)$/;
const startsShell = (node) =>
  ts.isCallExpression(node) &&
  /^(?:spawn|spawnSync|execFile|execFileSync|fork)$/.test(lastName(node.expression)) &&
  node.arguments.length > 0 &&
  isText(bare(node.arguments[0])) &&
  SHELL.test(bare(node.arguments[0]).text);

const returnsNothing = (node) => {
  if (!ts.isReturnStatement(node) || node.expression === undefined) return false;
  const value = constant(node.expression);
  return value.known && (value.value === null || value.value === undefined);
};

// Rules, what must become rarer, and how it is called when it does not.
const LEFT = [
  [/^no-async-promise-executor$/, isAsyncExecutor, "swallow", "An async function inside the promise still loses its errors."],
  [/^no-extend-native$/, namesPrototype, "disguise", "What everybody shares still gets the method."],
  [/^no-self-compare$/, comparesItself, "disguise", "It is still compared with itself."],
  [/^no-throw-literal$/, throwsNoError, "disguise", "What is thrown is still no error."],
  [/^no-script-url$/, (n) => isText(n) && /^\s*javascript\b/i.test(n.text), "disguise", "The address is still code."],
];

// Rules, and what none of their repairs has to add.
const ADDED = [
  [/^radix$/, hasOtherBase, "weakened", "The text is read in another base; give 10."],
  [/^no-sequences$/, isAnd, "condition", "What was always done now hangs on a condition."],
  [/^prefer-const$/, isAssignment, "disguise", "An assignment was added; declare it with const."],
  [/^array-callback-return$/, returnsNothing, "default", "The callback now returns nothing in so many words."],
  [/detect-child-process$/, startsShell, "disguise", "A shell is started by its name."],
];

// ── loops without an end, and types without a value ───────────────────────────────────────────

function isEndless(node) {
  const test = ts.isForStatement(node) ? node.condition : ts.isWhileStatement(node) || ts.isDoStatement(node) ? node.expression : null;
  if (test === null || (test !== undefined && !constant(test).value)) return false;
  return ts.isEmptyStatement(node.statement) || (ts.isBlock(node.statement) && node.statement.statements.length === 0);
}

function* endless({ old, now }) {
  if (now.count(isEndless) > old.count(isEndless)) yield ["loop", "The change adds a loop that never ends."];
}

const takesNever = (node) => ts.isParameter(node) && node.type !== undefined && node.type.kind === ts.SyntaxKind.NeverKeyword;

function* nothings({ old, now }) {
  if (now.count(takesNever) > old.count(takesNever)) {
    yield ["type-weakened", "No value has the type never; name the one that comes."];
  }
}

// ── values that nobody uses, handed to a call ─────────────────────────────────────────────────

function* handed({ old, now, rule }) {
  if (!/no-unused-(?:expressions|vars)$/.test(rule)) return;
  const idle = new Set(
    old.nodes
      .filter((n) => ts.isExpressionStatement(n) && !ts.isCallExpression(bare(n.expression)) && !isAssignment(bare(n.expression)))
      .map((n) => old.code(n.expression)),
  );
  const gives = (side) => (node) =>
    ts.isExpressionStatement(node) && isPure(bare(node.expression)) &&
    (/vars$/.test(rule) || bare(node.expression).arguments.some((a) => idle.has(side.code(a))));
  if (now.count(gives(now)) > old.count(gives(old))) {
    yield ["discard", "A call without a use was added for a value without one."];
  }
}

// ── numbers that cannot be held, as texts ─────────────────────────────────────────────────────

function* digits({ old, now, rule }) {
  if (rule !== "no-loss-of-precision") return;
  const lost = new Set(old.nodes.filter(ts.isNumericLiteral).map((n) => n.getText(old.file)));
  const texts = now.nodes.filter((n) => ts.isStringLiteralLike(n) && lost.has(n.text));
  if (texts.some((n) => !(ts.isCallExpression(n.parent) && lastName(n.parent.expression) === "BigInt"))) {
    yield ["disguise", "The number still loses its last digits, only later."];
  }
}
