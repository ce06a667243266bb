// Code that was taken away with the finding: calls, checks, bodies, functions, tests.
import ts from "typescript";
import { Counter, bare, calleeOf, isCall, isFunction, lastName } from "../source.mjs";
import { isConsole, isLiteral, isTrivialFunction } from "../values.mjs";

const UNUSED = /no-unused-vars|no-unused-private|^TS(?:6133|6192|6196|6198|6138)$/;
const UNREACHED = /no-unreachable|^TS7027$|no-dead|no-useless-return|no-unused-labels/;
/** Rules whose own repair takes away statements of these kinds. */
const PRESCRIBES = [
  [/no-useless-catch|no-empty$/, new Set(["try", "throw", "if", "for", "while", "switch"])],
  [/no-unsafe-finally/, new Set(["return", "throw"])],
  [/no-duplicate-case|no-dupe-else-if|no-duplicate/, new Set(["return", "if", "throw", "calls"])],
  [/no-constant-condition|no-unnecessary-condition|no-lonely-if|no-else-return/, new Set(["if", "while"])],
  [/no-async-promise-executor|no-misused-promises/, new Set(["try", "calls"])],
  [/no-dupe-class-members|no-redeclare|no-func-assign|no-class-assign/, new Set(["functions", "return", "calls"])],
  [/no-useless-constructor|no-useless-return|no-useless-rename/, new Set(["functions", "return"])],
  [/no-extra-boolean-cast|no-useless-concat|no-useless-call|no-useless-escape/, new Set(["calls"])],
  [/no-dupe-keys|no-self-assign|no-sparse-arrays|no-console/, new Set(["calls"])],
  [/no-debugger/, new Set(["debugger"])],
  [/no-unreachable-loop/, new Set(["for", "while"])],
  [/possible-timing-attacks/, new Set(["if", "return"])],
  [/prefer-(?:optional-chain|nullish|spread|template|object)/, new Set(["if", "calls"])],
  [/prefer-promise-reject|no-return-await|require-await|no-this-alias/, new Set(["calls"])],
  [/no-require-imports|no-var-requires/, new Set(["calls"])],
];
const PURE = new Set(
  (
    "map filter slice concat join split trim trimStart trimEnd toString toFixed toUpperCase toLowerCase " +
    "replace replaceAll padStart padEnd includes indexOf lastIndexOf startsWith endsWith at charAt keys " +
    "values entries reduce reduceRight some every find findIndex flat flatMap String Number Boolean " +
    "parseInt parseFloat isNaN isArray from of stringify max min round floor ceil abs sqrt pow hypot now " +
    "Date Set Map WeakMap WeakSet RegExp Array Object assign freeze has get test match matchAll valueOf " +
    "getTime toISOString substring substr sort toSorted reverse toReversed isInteger isFinite hasOwn " +
    "hasOwnProperty localeCompare repeat require Symbol BigInt URL"
  ).split(" "),
);
/** What only computes, and still decides which things go on. */
const CHOOSES = new Set("filter sort toSorted trim slice test match includes startsWith endsWith every some".split(" "));

export function* removal(ctx) {
  yield* stubs(ctx);
  if (isTest(ctx.path)) yield* tests(ctx);
  if (ctx.request) return;
  yield* calls(ctx);
  yield* steps(ctx);
  yield* functions(ctx);
}

function allowed(rule) {
  const kinds = new Set();
  for (const [pattern, some] of PRESCRIBES) if (pattern.test(rule)) for (const kind of some) kinds.add(kind);
  return kinds;
}

// ── bodies ────────────────────────────────────────────────────────────────────────────────────

const size = (node) => (ts.isBlock(node.body) ? node.body.statements.length : 1);

function* stubs({ old, now }) {
  for (const [name, is] of now.functions) {
    const was = old.functions.get(name);
    if (was === undefined || was.body === undefined || is.body === undefined) continue;
    if (size(was) > 0 && !isTrivialFunction(was) && isTrivialFunction(is)) {
      yield ["stub", `${name} no longer does anything.`];
    }
  }
}

// ── calls ─────────────────────────────────────────────────────────────────────────────────────

function called(side) {
  const found = new Counter();
  for (const node of side.nodes) if (isCall(node)) found.add(lastName(calleeOf(node)) || "<call>");
  return found;
}

function* calls({ old, now, rule, tool }) {
  if (UNREACHED.test(rule) || allowed(rule).has("calls")) return;
  const before = called(old);
  const after = called(now);
  const lost = before.minus(after);
  if (UNUSED.test(rule)) {
    for (const name of PURE) lost.delete(name);
    for (const name of callsOfRemoved(old, now).keys()) lost.delete(name);
  }
  const gained = after.minus(before);
  for (const name of [...lost.keys()]) {
    const chained = name.endsWith("()") || name === "super";
    // What only computes may be computed in another way, what only converts may go.
    const computes = PURE.has(name) && (gained.total > 0 || !CHOOSES.has(name));
    if (chained || computes) lost.delete(name);
  }
  // One call in place of another is a repair of the call, one less is a deletion.
  if (lost.total > gained.total && !isSame(lost, tool)) {
    yield ["deleted", `The change no longer calls ${[...lost.keys()].sort().slice(0, 3).join(", ")}.`];
  }
}

const isSame = (lost, tool) => tool === "eslint" && lost.total === 1 && [...lost.keys()].every((n) => PURE.has(n));

/** Calls inside functions that nothing used and that are gone as a whole. */
function callsOfRemoved(old, now) {
  const found = new Counter();
  for (const [name, node] of old.functions) {
    if (now.functions.has(name) || old.words.of(lastWord(name)) > 1) continue;
    const visit = (inner) => {
      if (isCall(inner)) found.add(lastName(calleeOf(inner)));
      ts.forEachChild(inner, visit);
    };
    visit(node);
  }
  return found;
}

const lastWord = (name) => name.split(".").at(-1).replace(/#\d+$/, "");

// ── steps of control flow ─────────────────────────────────────────────────────────────────────

const STEPS = new Map([
  [ts.SyntaxKind.IfStatement, "if"],
  [ts.SyntaxKind.ThrowStatement, "throw"],
  [ts.SyntaxKind.ReturnStatement, "return"],
  [ts.SyntaxKind.TryStatement, "try"],
  [ts.SyntaxKind.ForStatement, "for"],
  [ts.SyntaxKind.ForOfStatement, "for"],
  [ts.SyntaxKind.ForInStatement, "for"],
  [ts.SyntaxKind.WhileStatement, "while"],
  [ts.SyntaxKind.DoStatement, "while"],
  [ts.SyntaxKind.SwitchStatement, "switch"],
  [ts.SyntaxKind.CaseClause, "case"],
]);

function stepsOf(side, without) {
  const found = new Counter();
  for (const node of side.nodes) {
    const kind = STEPS.get(node.kind);
    if (kind !== undefined && !isWithin(node, without)) found.add(kind);
  }
  return found;
}

function isWithin(node, roots) {
  if (roots.size === 0) return false;
  for (let at = node; at !== undefined; at = at.parent) if (roots.has(at)) return true;
  return false;
}

function* steps({ old, now, rule }) {
  if (UNREACHED.test(rule)) return;
  const free = allowed(rule);
  const gone = new Set();
  if (UNUSED.test(rule)) {
    for (const [name, node] of old.functions) {
      if (!now.functions.has(name) && old.words.of(lastWord(name)) <= 1) gone.add(node);
    }
  }
  const before = stepsOf(old, gone);
  const after = stepsOf(now, new Set());
  const lost = before.minus(after);
  for (const kind of free) lost.delete(kind);
  if (lost.of("throw") > 0 || (lost.of("if") > 0 && !isChoiceInstead(old, now, lost.of("if")))) {
    yield ["guard-removed", "The change takes a check away that was there before."];
  } else if (loops(lost) > loops(after.minus(before)) + iterations(now) - iterations(old)) {
    yield ["deleted", "The change takes a loop away."];
  } else if (lost.of("case") + lost.of("switch") > 0 && free.size === 0 && after.of("if") <= before.of("if")) {
    yield ["deleted", "The change takes a case away."];
  }
}

const loops = (counter) => counter.of("for") + counter.of("while");
const iterations = (side) =>
  side.count((n) => ts.isCallExpression(n) && /^(?:forEach|map|filter|reduce|some|every|flatMap)$/.test(lastName(n.expression)));

/** An `if` may become a conditional, a logical operator or an optional chain. */
function isChoiceInstead(old, now, lost) {
  const of = (side) =>
    side.count(
      (n) =>
        ts.isConditionalExpression(n) ||
        n.kind === ts.SyntaxKind.QuestionQuestionToken ||
        n.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
        n.kind === ts.SyntaxKind.BarBarToken,
    );
  return of(now) - of(old) >= lost;
}

// ── functions ─────────────────────────────────────────────────────────────────────────────────

function* functions({ old, now, rule }) {
  const free = allowed(rule).has("functions") || UNREACHED.test(rule);
  let left = null;
  for (const [name, node] of old.functions) {
    const word = lastWord(name);
    if (now.functions.has(name) || free || /^<|^constructor$/.test(word)) continue;
    left ??= new Counter([...now.functions].map(([, one]) => bodyOf(one, now)));
    if (left.of(bodyOf(node, old)) > 0) continue; // renamed or moved
    if (UNUSED.test(rule) && old.words.of(word) <= 1) continue;
    if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node) && now.declared.has(word)) continue;
    yield ["deleted", `The change takes ${name} away.`];
    return;
  }
  yield* imports({ old, now, rule });
}

const bodyOf = (node, side) => (node.body === undefined ? "" : side.code(node.body));

/** An import for its effect alone is a call that no one sees. */
function* imports({ old, now, rule }) {
  const of = (side) => side.count((n) => ts.isImportDeclaration(n) && n.importClause === undefined);
  if (of(now) < of(old) && !/import/.test(rule)) {
    yield ["deleted", "The change takes an import away that was there for its effect."];
  }
}

// ── tests ─────────────────────────────────────────────────────────────────────────────────────

const TEST_PATH = /(?:^|\/)(?:tests?|specs?|__tests__|e2e|cypress)\/|[._-](?:test|spec)\.[mc]?[jt]sx?$/i;

export const isTest = (path) => TEST_PATH.test(path);

function rootOf(node) {
  let at = calleeOf(node);
  for (;;) {
    if (ts.isCallExpression(at) || ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) {
      at = at.expression;
    } else return ts.isIdentifier(at) ? at.text : "";
  }
}

function* tests({ old, now }) {
  const cases = (side) =>
    side.count((n) => ts.isCallExpression(n) && /^(?:it|test|describe|suite|context|specify)$/.test(rootOf(n)) && !isOff(n));
  const off = (side) => side.count((n) => ts.isCallExpression(n) && isOff(n));
  if (cases(now) < cases(old) || off(now) > off(old)) {
    yield ["test-removed", "The change takes a test away or leaves it out."];
  } else if (checks(now) < checks(old)) {
    yield ["test-removed", "The change takes an assertion away."];
  }
}

function isOff(node) {
  const name = lastName(node.expression);
  if (/^(?:xit|xtest|xdescribe|fit|fdescribe)$/.test(name)) return true;
  return ts.isPropertyAccessExpression(node.expression) && /^(?:skip|todo|only|fails)$/.test(name) && rootOf(node) !== "";
}

const checks = (side) =>
  side.count(
    (n) =>
      ts.isCallExpression(n) &&
      /^(?:assert|expect|t|chai|should)$/.test(rootOf(n)) &&
      n.arguments.length > 0 &&
      !isLiteral(bare(n.arguments[0])),
  );

export { isConsole, isFunction };
