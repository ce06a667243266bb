// What code does, as a list of small words that does not depend on how it is written: a kind and what
// it is about, such as `call .push`, `value 3`, `compare ===`, `throw Error`, in the order of evaluation.
//
// Local names, brackets and comments give none. What repairs may take away and bring, the footprints
// of the gate say in these words.
import ts from "typescript";
import { runs } from "./runs.mjs";
import { Counter, isFunction, lastName } from "./source.mjs";

const NODES_MAX = 20_000;
const K = ts.SyntaxKind;
const TOKEN = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu;
const EFFECTS = /^(?:call|new|write|await|yield|throw|delete)\b/;
const CONSTANTS = new Set(["undefined", "NaN", "Infinity"]);
const KNOWN = new Set(
  ("Array ArrayBuffer BigInt Boolean Buffer Date Error EvalError Function Intl JSON Map Math Number Object " +
    "Promise RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URL URIError " +
    "URLSearchParams WeakMap WeakSet console isFinite isNaN parseFloat parseInt structuredClone arguments").split(" "),
);
const SAME_QUESTION = { "<": [0, 1], ">=": [0, 1], ">": [1, 0], "<=": [1, 0] };
const LOGIC = { "&&": "and", "||": "or", "??": "??" };

/** Returns how the words of both sides differ, null if they are too many or nested too deeply. */
export function steps(old, now) {
  try {
    return difference(old, now);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function difference(old, now) {
  const sides = [new Words(old, now), new Words(now)];
  for (const run of runs(old, now)) {
    sides.forEach((side, i) => run[i].forEach((node) => side.of(node)));
    if (sides[0].nodes + sides[1].nodes > NODES_MAX) return null;
  }
  const [was, is] = sides;
  const [before, after] = [new Counter(was.words), new Counter(is.words)];
  const [lost, gained] = [before.minus(after), after.minus(before)];
  for (const name of was.reads) if (!is.reads.has(name) && !gone(name, was, is)) lost.add(`name ${name}`);
  for (const name of is.reads) if (!was.reads.has(name) && !gone(name, is, was)) gained.add(`name ${name}`);
  const same = new Set([...before.keys()].filter((word) => before.of(word) === after.of(word)));
  const moved = places(is.inside.minus(was.inside), same);
  for (const word of moved) gained.add(word);
  if (moved.length === 0) for (const word of places(was.inside.minus(is.inside), same)) lost.add(word);
  const [first, second] = sides.map((side) => side.words.filter((w) => EFFECTS.test(w) && same.has(w)));
  first.forEach((word, i) => {
    if (word !== second[i]) gained.add(`order ${word}`);
  });
  const seen = gained.size === 0 ? new Set() : wordsOf(old);
  return {
    lost: [...lost.keys()],
    gained: [...gained.keys()],
    kept: [...after.keys()],
    seen: [...gained.keys()].filter((word) => seen.has(word)),
  };
}

/** All words of a file, as far as it is not too large. */
function wordsOf(side) {
  return side.once("words of steps", () => {
    const words = new Words(side);
    for (const statement of side.file.statements) if (words.nodes < NODES_MAX) words.of(statement);
    return new Set(words.words);
  });
}

/** Whether a name came or went with its binding, or an import brought it. */
const gone = (name, own, other) => (own.bound.has(name) && !other.bound.has(name)) || isImported(name, own.side);

const isImported = (name, side) =>
  (side.declared.get(name) ?? []).some((n) => ts.isImportSpecifier(n) || ts.isImportClause(n) || ts.isNamespaceImport(n));

const places = (counted, same) =>
  [...counted.keys()].filter((place) => same.has(place.slice(place.indexOf(": ") + 2))).map((place) => `moved ${place}`);

class Words {
  /** Of what the side defines and the later one does not, nothing is said but that it is gone. */
  constructor(side, later = null) {
    this.side = side;
    this.later = later;
    this.words = [];
    this.reads = new Set();
    this.bound = new Set();
    this.inside = new Counter();
    this.around = [];
    this.nodes = 0;
  }

  add(kind, what = "") {
    const word = `${kind} ${what}`.trim().slice(0, 100);
    this.words.push(word);
    if (this.around.length > 0 && EFFECTS.test(word)) this.inside.add(`${this.around.join("/")}: ${word}`);
  }

  of(node) {
    if (node === undefined) return;
    this.nodes += 1;
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) this.add("typed", this.code(node));
    else (HOW.get(node.kind) ?? parts)(this, node);
  }

  all(nodes) {
    for (const node of nodes ?? []) this.of(node);
  }

  within(where, nodes) {
    this.around.push(where);
    this.all(nodes);
    this.around.pop();
  }

  code(node) {
    return this.side.code(node).replaceAll(" ", "").replace(/;$/, "");
  }

  text(text) {
    const tokens = text.match(TOKEN);
    if (tokens === null) this.add(text === "" ? "empty text" : "text", text === "" ? "" : JSON.stringify(text));
    else for (const token of tokens) this.add("text", token);
  }

  /** A place that is written to. */
  target(node) {
    const at = bareTarget(node);
    if (ts.isIdentifier(at)) this.bound.add(at.text);
    else if (ts.isPropertyAccessExpression(at)) {
      this.of(at.expression);
      this.add("write", at.name.text);
    } else if (ts.isElementAccessExpression(at)) {
      this.of(at.expression);
      this.of(at.argumentExpression);
      this.add("write", "[]");
    } else this.of(at);
  }
}

const bareTarget = (node) =>
  ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) ? bareTarget(node.expression) : node;

function parts(words, node) {
  ts.forEachChild(node, (child) => words.of(child));
}

const plain = (word) => (words, node) => {
  parts(words, node);
  words.add(word);
};

function call(words, node) {
  const callee = node.expression;
  const member = ts.isPropertyAccessExpression(callee);
  if (member) {
    words.of(callee.expression);
    if (callee.questionDotToken !== undefined) words.add("?.");
  } else words.of(callee);
  if (node.questionDotToken !== undefined) words.add("?.");
  words.all(node.typeArguments);
  words.all(node.arguments);
  const made = node.kind === K.NewExpression;
  words.add(made ? "new" : "call", `${member ? "." : ""}${lastName(callee)}`);
}

function access(words, node) {
  words.of(node.expression);
  if (node.questionDotToken !== undefined) words.add("?.");
  if (ts.isElementAccessExpression(node)) {
    words.of(node.argumentExpression);
    words.add("item");
  } else words.add("attribute", node.name.text);
}

function name(words, node) {
  if (CONSTANTS.has(node.text)) words.add("value", node.text);
  else if (!KNOWN.has(node.text)) words.reads.add(node.text);
}

function binary(words, node) {
  const sign = ts.tokenToString(node.operatorToken.kind) ?? "";
  if (sign === "=") {
    words.of(node.right);
    words.target(node.left);
  } else if (node.operatorToken.kind >= K.FirstAssignment && node.operatorToken.kind <= K.LastAssignment) {
    if (ts.isIdentifier(node.left)) name(words, node.left);
    words.of(node.right);
    words.add(LOGIC[sign.slice(0, -1)] ?? "operator", LOGIC[sign.slice(0, -1)] === undefined ? sign.slice(0, -1) : "");
    words.target(node.left);
  } else {
    words.of(node.left);
    words.of(node.right);
    if (LOGIC[sign] !== undefined) words.add(LOGIC[sign]);
    else if (SAME_QUESTION[sign] !== undefined) words.add("compare", question(words, node, SAME_QUESTION[sign]));
    else if (/^[!=]==?$/.test(sign)) {
      words.add("compare", sign.replace("!", "="));
      if (sign.startsWith("!")) words.add("not");
    } else if (/^in$|^instanceof$/.test(sign)) words.add("compare", sign);
    else words.add("operator", sign);
  }
}

/** `a >= b` asks what `a < b` asks, and `a > b` what `b < a` asks. */
function question(words, node, order) {
  const sides = [node.left, node.right].map((n) => (ts.isNumericLiteral(n) ? words.code(n) : "·"));
  return order.map((i) => sides[i]).join(" < ");
}

function unary(words, node) {
  const sign = ts.tokenToString(node.operator) ?? "";
  words.of(node.operand);
  if (sign === "++" || sign === "--") {
    words.add("operator", sign);
    words.target(node.operand);
  } else words.add(sign === "!" ? "not" : "operator", sign === "!" ? "" : sign);
}

function erase(words, node) {
  words.of(node.expression);
  words.add("delete", lastName(node.expression));
}

function chosen(words, node) {
  words.of(node.expression ?? node.condition);
  words.add("if");
  words.of(node.thenStatement ?? node.whenTrue);
  words.of(node.elseStatement ?? node.whenFalse);
}

function loop(words, node) {
  if (ts.isForStatement(node)) words.of(node.initializer);
  else if (ts.isForOfStatement(node) || ts.isForInStatement(node)) words.of(node.expression);
  words.add("loop", ts.isForInStatement(node) ? "in" : "");
  if (node.awaitModifier !== undefined) words.add("await");
  const head = ts.isForStatement(node) ? [node.condition, node.incrementor] : [node.expression];
  const each = ts.isForOfStatement(node) || ts.isForInStatement(node) ? [node.initializer] : head;
  words.within("loop", [...each.filter((part) => part !== undefined), node.statement]);
}

function cases(words, node) {
  words.of(node.expression);
  words.add("switch");
  const asked = new Set();
  for (const one of node.caseBlock.clauses) {
    const question = one.expression === undefined ? "" : words.code(one.expression);
    if (asked.has(question)) continue; // it is never reached
    asked.add(question);
    words.of(one);
  }
}

function clause(words, node) {
  words.of(node.expression);
  words.add(node.kind === K.CaseClause ? "case" : "default");
  words.all(node.statements);
}

function back(words, node) {
  words.of(node.expression);
  words.add("return", answer(words, node.expression));
}

function answer(words, value) {
  if (value === undefined) return "undefined";
  const known = ts.isLiteralExpression(value) || CONSTANT_KINDS.has(value.kind) || /^(?:\[\]|\{\}|undefined)$/.test(words.code(value));
  return known ? words.code(value) : "·";
}

const CONSTANT_KINDS = new Set([K.TrueKeyword, K.FalseKeyword, K.NullKeyword]);

function thrown(words, node) {
  const made = ts.isNewExpression(node.expression) ? node.expression : null;
  if (made === null) words.of(node.expression);
  else words.all(made.arguments);
  words.add("throw", made === null ? (ts.isIdentifier(node.expression) ? "again" : "·") : lastName(made.expression));
}

function attempt(words, node) {
  words.add("try");
  words.of(node.tryBlock);
  if (node.catchClause !== undefined) {
    words.add("catch");
    if (node.catchClause.variableDeclaration !== undefined) words.of(node.catchClause.variableDeclaration);
    words.within("handler", [node.catchClause.block]);
  }
  if (node.finallyBlock !== undefined) {
    words.add("finally");
    words.within("finally", [node.finallyBlock]);
  }
}

function wait(words, node) {
  words.of(node.expression);
  words.add("await", ts.isCallExpression(node.expression) ? lastName(node.expression.expression) : "");
}

const isGone = (words, name) => words.later !== null && name !== undefined && !words.later.declared.has(name);

function made(words, node) {
  if (ts.isFunctionDeclaration(node) && isGone(words, node.name?.text)) {
    words.add("define", node.name.text);
    return;
  }
  const named = node.name !== undefined && !ts.isFunctionExpression(node) ? words.code(node.name) : "";
  for (const modifier of node.modifiers ?? []) if (ts.isDecorator(modifier)) words.of(modifier);
  if (node.modifiers?.some((m) => m.kind === K.AsyncKeyword)) words.add("async");
  if (node.asteriskToken !== undefined) words.add("generator");
  for (const parameter of node.parameters) {
    words.of(parameter.name);
    words.of(parameter.type);
    words.of(parameter.initializer);
    if (parameter.dotDotDotToken !== undefined) words.add("rest");
    if (named !== "" && ts.isIdentifier(parameter.name)) words.add("parameter", parameter.name.text);
  }
  words.of(node.type);
  words.add("define", named || (ts.isConstructorDeclaration(node) ? "constructor" : "function"));
  if (node.body === undefined) return;
  words.around.push("function");
  words.of(node.body);
  if (!ts.isBlock(node.body)) words.add("return", answer(words, node.body));
  words.around.pop();
}

function built(words, node) {
  for (const modifier of node.modifiers ?? []) if (ts.isDecorator(modifier)) words.of(modifier);
  for (const heritage of node.heritageClauses ?? []) {
    for (const base of heritage.types) words.add("base", words.code(base));
  }
  words.add("define", node.name?.text ?? "class");
  words.within("class", withoutHidden(node.members.filter((m) => m.kind !== K.Constructor)));
  words.within("class", node.members.filter((m) => m.kind === K.Constructor));
}

function declared(words, node) {
  const { initializer } = node;
  if (initializer !== undefined && isFunction(initializer) && isGone(words, node.name.text)) {
    words.add("define", node.name.text);
    return;
  }
  words.of(node.initializer);
  words.of(node.type);
  words.of(node.name);
  if (ts.isPropertyDeclaration(node)) words.add("field", words.code(node.name));
}

/** A regular expression without backslashes that say nothing. */
function plainly(text) {
  let inside = false;
  return text.replace(/\\(.)|[[\]]/gsu, (found, escaped) => {
    if (escaped === undefined) inside = found === "[";
    else if (!/[\p{L}\p{N}_]/u.test(escaped) && !(inside ? "\\]^-" : "^$\\.*+?()[]{}|/").includes(escaped)) return escaped;
    return found;
  });
}

/** A value that nobody uses, and what is done after a question. */
function idle(words, node) {
  const value = node.expression;
  if (ts.isBinaryExpression(value) && [K.AmpersandAmpersandToken, K.BarBarToken].includes(value.operatorToken.kind)) {
    words.of(value.left);
    if (value.operatorToken.kind === K.BarBarToken) words.add("not");
    words.add("if");
    words.of(value.right);
  } else words.of(value);
}

function bind(words, node) {
  for (const element of node.elements) {
    if (!ts.isBindingElement(element)) continue;
    words.of(element.initializer);
    if (element.dotDotDotToken !== undefined) words.add("rest");
    else if (ts.isObjectBindingPattern(node)) words.add("attribute", words.code(element.propertyName ?? element.name));
    else words.add("item");
    words.of(element.name);
  }
}

function property(words, node) {
  const key = node.name;
  if (ts.isComputedPropertyName(key)) words.of(key.expression);
  if (ts.isShorthandPropertyAssignment(node)) name(words, key);
  else words.of(node.initializer);
  words.add("key", ts.isStringLiteralLike(key) ? key.text : words.code(key));
}

/** Members without those that a later one of the same name takes the place of. */
function withoutHidden(members) {
  const key = (m) => `${m.kind === K.GetAccessor || m.kind === K.SetAccessor ? m.kind : ""} ${isStatic(m)} ${m.name?.text}`;
  const last = new Map(members.filter((m) => m.body !== undefined || !ts.isMethodDeclaration(m)).map((m) => [key(m), m]));
  return members.filter((m) => m.name?.text === undefined || last.get(key(m)) === m || !last.has(key(m)));
}

const isStatic = (member) => member.modifiers?.some((m) => m.kind === K.StaticKeyword) === true;

function group(words, node) {
  words.all(withoutHidden(node.elements ?? node.properties));
  const inside = node.elements ?? node.properties;
  if (inside.length === 0) words.add("empty", ts.isArrayLiteralExpression(node) ? "[]" : "{}");
}

function cast(words, node) {
  words.of(node.expression);
  words.add("cast", words.code(node.type));
}

function shape(words, node) {
  words.add("type", words.code(node));
}

/** A name that is bound here, or one that is read. */
function identifier(words, node) {
  const { parent } = node;
  if (parent !== undefined && parent.name === node && isBinding(parent)) words.bound.add(node.text);
  else if (!isLabel(parent)) name(words, node);
}

const isBinding = (node) =>
  ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node) || isFunction(node) ||
  ts.isClassDeclaration(node) || ts.isClassExpression(node) || ts.isEnumDeclaration(node) || ts.isPropertyDeclaration(node);

const isLabel = (node) => ts.isLabeledStatement(node) || ts.isBreakOrContinueStatement(node) || ts.isMetaProperty(node);

const nothing = () => {};

const HOW = new Map([
  [K.CallExpression, call],
  [K.NewExpression, call],
  [K.PropertyAccessExpression, access],
  [K.ElementAccessExpression, access],
  [K.Identifier, identifier],
  [K.StringLiteral, (words, node) => words.text(node.text)],
  [K.NoSubstitutionTemplateLiteral, (words, node) => words.text(node.text)],
  ...[K.TemplateHead, K.TemplateMiddle, K.TemplateTail].map((kind) => [
    kind,
    (words, node) => void (node.text === "" || words.text(node.text)),
  ]),
  [K.JsxText, (words, node) => void (node.text.trim() === "" || words.text(node.text))],
  [K.NumericLiteral, (words, node) => words.add("value", node.text)],
  [K.BigIntLiteral, (words, node) => words.add("value", node.text)],
  [K.RegularExpressionLiteral, (words, node) => words.add("regexp", plainly(node.text))],
  [K.TrueKeyword, (words) => words.add("value", "true")],
  [K.FalseKeyword, (words) => words.add("value", "false")],
  [K.NullKeyword, (words) => words.add("value", "null")],
  [K.ThisKeyword, (words) => words.reads.add("this")],
  [K.BinaryExpression, binary],
  [K.PrefixUnaryExpression, unary],
  [K.PostfixUnaryExpression, unary],
  [K.DeleteExpression, erase],
  [K.TypeOfExpression, plain("typeof")],
  [K.VoidExpression, plain("void")],
  [K.AwaitExpression, wait],
  [K.YieldExpression, plain("yield")],
  [K.ConditionalExpression, chosen],
  [K.IfStatement, chosen],
  ...[K.ForStatement, K.ForOfStatement, K.ForInStatement, K.WhileStatement, K.DoStatement].map((kind) => [kind, loop]),
  [K.SwitchStatement, cases],
  [K.CaseClause, clause],
  [K.DefaultClause, clause],
  [K.ReturnStatement, back],
  [K.ThrowStatement, thrown],
  [K.TryStatement, attempt],
  ...[K.FunctionDeclaration, K.FunctionExpression, K.ArrowFunction, K.MethodDeclaration, K.Constructor, K.GetAccessor, K.SetAccessor].map(
    (kind) => [kind, made],
  ),
  [K.ClassDeclaration, built],
  [K.ClassExpression, built],
  [K.VariableDeclaration, declared],
  [K.PropertyDeclaration, declared],
  [K.ObjectBindingPattern, bind],
  [K.ArrayBindingPattern, bind],
  [K.PropertyAssignment, property],
  [K.ShorthandPropertyAssignment, property],
  [K.ObjectLiteralExpression, group],
  [K.ArrayLiteralExpression, group],
  [K.SpreadElement, plain("spread")],
  [K.SpreadAssignment, plain("spread")],
  [K.NonNullExpression, plain("non-null")],
  [K.AsExpression, cast],
  [K.TypeAssertionExpression, cast],
  [K.SatisfiesExpression, (words, node) => words.of(node.expression)],
  [K.InterfaceDeclaration, shape],
  [K.TypeAliasDeclaration, shape],
  [K.ImportDeclaration, nothing],
  [K.ExportDeclaration, nothing],
  [K.BreakStatement, (words) => words.add("break")],
  [K.ContinueStatement, (words) => words.add("continue")],
  [K.ExpressionStatement, idle],
  [K.DebuggerStatement, (words) => words.add("debugger")],
  [K.WithStatement, plain("with")],
]);
