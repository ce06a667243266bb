// Ways round a rule that knows one good answer, and code that only looks like a loop or a check.
import ts from "typescript";
import { bare, isFunction } from "../source.mjs";
import { constant } from "../values.mjs";

export function* rules(ctx) {
  yield* once(ctx);
  if (ctx.request) return;
  yield* names(ctx);
  yield* detours(ctx);
  yield* orders(ctx);
  yield* overloads(ctx);
}

// ── loops that run once ───────────────────────────────────────────────────────────────────────

/** `for (let i = 0; i < 1; i += 1)`. */
function runsOnce(node) {
  if (!ts.isForStatement(node) || node.condition === undefined || node.initializer === undefined) return false;
  const test = bare(node.condition);
  if (!ts.isVariableDeclarationList(node.initializer) || !ts.isBinaryExpression(test)) return false;
  const [{ name, initializer }] = node.initializer.declarations;
  if (!ts.isIdentifier(name) || bare(test.left).getText() !== name.text) return false;
  const [from, to] = [constant(initializer), constant(test.right)];
  if (typeof from.value !== "number" || typeof to.value !== "number") return false;
  if (test.operatorToken.kind === ts.SyntaxKind.LessThanToken) return to.value - from.value === 1;
  return test.operatorToken.kind === ts.SyntaxKind.LessThanEqualsToken && to.value === from.value;
}

function* once({ old, now }) {
  if (now.count(runsOnce) > old.count(runsOnce)) yield ["loop", "The change adds a loop that runs once."];
}

// ── names that are computed from texts ────────────────────────────────────────────────────────

function isText(node) {
  const at = bare(node);
  const joins = ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.PlusToken;
  return ts.isStringLiteralLike(at) || (joins && isText(at.left) && isText(at.right));
}

const isComputed = (node) => ts.isComputedPropertyName(node) && isText(node.expression);

function* names({ old, now, rule }) {
  if (/no-dupe-(?:keys|class-members)$/.test(rule) && now.count(isComputed) > old.count(isComputed)) {
    yield ["disguise", "The name is there twice, written in two ways."];
  }
}

// ── assignments of a thing to itself by way of a name ─────────────────────────────────────────

function isDetour(side) {
  const given = new Map();
  for (const node of side.nodes) {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      given.set(node.name.text, side.code(bare(node.initializer)));
    }
  }
  return (node) =>
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isIdentifier(bare(node.right)) &&
    given.get(bare(node.right).text) === side.code(bare(node.left));
}

function* detours({ old, now, rule }) {
  if (rule === "no-self-assign" && now.count(isDetour(now)) > old.count(isDetour(old))) {
    yield ["disguise", "It is still assigned to itself, by way of another name."];
  }
}

// ── equality by way of order ──────────────────────────────────────────────────────────────────

const of = (kinds) => (node) => ts.isBinaryExpression(node) && kinds.has(node.operatorToken.kind);
const isOrder = of(
  new Set([
    ts.SyntaxKind.LessThanToken,
    ts.SyntaxKind.LessThanEqualsToken,
    ts.SyntaxKind.GreaterThanToken,
    ts.SyntaxKind.GreaterThanEqualsToken,
  ]),
);
const isStrict = of(
  new Set([ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]),
);

function* orders({ old, now, rule }) {
  const strict = now.count(isStrict) > old.count(isStrict);
  if (rule === "eqeqeq" && !strict && now.count(isOrder) > old.count(isOrder)) {
    yield ["disguise", "Whether two things are equal is asked by < and >, which convert as == does."];
  }
}

// ── overloads that take anything ──────────────────────────────────────────────────────────────

const TAKES_ALL = new Set([ts.SyntaxKind.UnknownKeyword, ts.SyntaxKind.AnyKeyword, ts.SyntaxKind.ObjectKeyword]);

const isOpen = (node) =>
  isFunction(node) &&
  node.body === undefined &&
  node.parameters.some(({ type }) => type !== undefined && TAKES_ALL.has(type.kind));

function* overloads({ old, now }) {
  if (now.count(isOpen) > old.count(isOpen)) {
    yield ["type-weakened", "The change adds an overload that takes anything."];
  }
}
