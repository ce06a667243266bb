// Comments, types and declarations that silence a tool in place of repairing the code.
import ts from "typescript";
import { Counter, bare, inJsDoc, isFunction, isTyped, lastName } from "../source.mjs";

const DIRECTIVES = [
  /\beslint-(?:disable|enable)(?:-next-line|-line)?\b/i,
  /^\/\*\s*eslint(?:-env)?\s+[\w@"'/-]/i,
  /^\/\*\s*(?:globals?|exported)\s+[\w$]/i,
  /@ts-(?:ignore|expect-error|nocheck)\b/i,
  /\bbiome-ignore(?:-all|-start)?\b/i,
  /\boxlint-(?:disable|enable)/i,
  /\bdeno-lint-ignore/i,
  /\b(?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable)/i,
  /\$Flow(?:FixMe|Ignore|Issue|ExpectedError)/i,
  /@(?:no)?flow\b/i,
  /\btslint:\s*(?:disable|enable)/i,
  /\bjs[hl]int\b/i,
  /\bprettier-ignore\b/i,
  /\bnosonar\b|\bnosem(?:grep)?\b|\blgtm\s*\[|\bcodeql\s*\[/i,
];
const REFERENCE = /^\/\/\/\s*<(?:reference|amd-)/;

/** Returns what a comment is told to silence, "" when it silences nothing. */
export function directive(comment) {
  for (const pattern of DIRECTIVES) {
    const match = pattern.exec(comment);
    if (match !== null) return match[0].toLowerCase();
  }
  return "";
}

export function* silence(ctx) {
  yield* comments(ctx);
  yield* anys(ctx);
  yield* casts(ctx);
  yield* nonNull(ctx);
  yield* declarations(ctx);
}

/** Comments that some rules take for an answer. */
const ANSWERS = [[/no-fallthrough/, /\bfalls?\s?-?through\b|\bfallthrough\b/i], [/default-case/, /\bno default\b/i]];

const TELLS = new RegExp([...DIRECTIVES.slice(3), REFERENCE].map((p) => p.source.replace(/^\^/, "")).join("|") + "|eslint|global|exported|fall|no default", "i");

function* comments({ old, now, rule }) {
  if (!TELLS.test(now.text)) return;
  for (const [asked, told] of ANSWERS) {
    const of = (side) => side.comments.filter((c) => told.test(c.text)).length;
    if (asked.test(rule) && of(now) > of(old)) yield ["suppression", "A comment is no repair."];
  }
  const of = (side) =>
    new Counter(side.comments.map((c) => directive(c.text)).filter((found) => found !== ""));
  for (const found of of(now).minus(of(old)).keys()) {
    yield ["suppression", `The change adds the comment "${found}", which silences a tool.`];
  }
  const references = (side) => side.comments.filter((c) => REFERENCE.test(c.text)).length;
  if (references(now) > references(old)) {
    yield ["declare", "The change adds a reference that alters what names mean."];
  }
}

// ── any ───────────────────────────────────────────────────────────────────────────────────────

const isAny = (node) =>
  node.kind === ts.SyntaxKind.AnyKeyword ||
  node.kind === ts.SyntaxKind.JSDocAllType ||
  node.kind === ts.SyntaxKind.JSDocUnknownType;

/** A copy by way of JSON is an `any` that nobody wrote. */
const isCopy = (node) =>
  ts.isCallExpression(node) &&
  lastName(node.expression) === "parse" &&
  node.arguments.length > 0 &&
  ts.isCallExpression(bare(node.arguments[0])) &&
  lastName(bare(node.arguments[0]).expression) === "stringify";

function* anys({ old, now, typed }) {
  if (now.count(isAny) > old.count(isAny)) {
    yield ["any", "The change adds the type any, which takes the checker's eyes away."];
  }
  if (typed && now.count(isCopy) > old.count(isCopy)) {
    yield ["any", "The change copies by way of JSON, which makes the type any."];
  }
}

// ── casts and assertions ──────────────────────────────────────────────────────────────────────

const isCast = (node) =>
  (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) && !ts.isConstTypeReference(node.type);

const isDocCast = (node) =>
  ts.isParenthesizedExpression(node) && (node.jsDoc ?? []).some((doc) => doc.tags?.some(ts.isJSDocTypeTag));

function* casts({ old, now, rule }) {
  const before = casted(old, rule);
  const added = casted(now, rule).minus(before);
  const all = (side) => side.count(isCast) + docCasts(side);
  if (added.total > 0 && all(now) > all(old)) {
    yield ["cast", "The change claims a type by a cast in place of proving it."];
  }
}

function docCasts(side) {
  return side.nodes.filter(isDocCast).length;
}

function casted(side, rule) {
  const found = new Counter();
  for (const node of side.nodes) {
    if (isDocCast(node)) found.add(`jsdoc ${side.code(node)}`);
    if (isCast(node) && !isOfCaughtError(node, rule)) {
      found.add(`${node.type.getText(side.file)} ${side.code(node.expression)}`);
    }
  }
  return found;
}

/** What was caught has no type; its code is commonly read by a cast, unless that is the finding. */
function isOfCaughtError(node, rule) {
  if (rule === "TS18046" || rule === "TS2571" || !ts.isIdentifier(bare(node.expression))) return false;
  const name = bare(node.expression).text;
  if (!/(?:Error|Exception)$/.test(node.type.getText())) return false;
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (ts.isCatchClause(at)) return at.variableDeclaration?.name.getText() === name;
  }
  return false;
}

const isNonNull = (node) =>
  ts.isNonNullExpression(node) ||
  ((ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) &&
    node.exclamationToken !== undefined);

function* nonNull({ old, now }) {
  if (now.count(isNonNull) > old.count(isNonNull)) {
    yield ["non-null", "The change claims with ! that something is there; check it."];
  }
}

// ── declarations without a body ───────────────────────────────────────────────────────────────

const isAmbient = (node) =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.DeclareKeyword);

function* declarations({ old, now, rule }) {
  const of = (side) =>
    new Counter(side.nodes.filter(isAmbient).map((node) => side.code(node).slice(0, 200)));
  const before = side(old);
  const added = [...of(now).minus(of(old)).keys()];
  if (side(now) > before && added.length > 0) {
    yield ["declare", "The change declares something to exist that nothing here makes."];
  }
  yield* shims({ old, now, rule });

  function side(one) {
    return one.count(isAmbient);
  }
}

/** In a declaration file nothing says `declare`, and a module without a body is any. */
function* shims({ old, now, rule }) {
  const of = (side) =>
    side.count((n) => ts.isModuleDeclaration(n) && (n.body === undefined || isEmptyBlock(n.body)));
  if (of(now) > of(old)) yield ["declare", `A module without types is any to ${rule || "the checker"}.`];
}

const isEmptyBlock = (node) => ts.isModuleBlock(node) && node.statements.length === 0;

// ── types that were weakened or taken away ────────────────────────────────────────────────────

const WEAK = /^(?:unknown|object|Object|Function|\{\}|unknown\[\]|object\[\])$/;
const OPEN = /\bFunction\b|\bunknown\b|\bobject\b|Record<string,\s*unknown>/;
const TYPE_RULES = /no-inferrable-types|no-wrapper-object-types|consistent-type|array-type|prefer-as-const/;

export function* types(ctx) {
  if (!ctx.typed && ![...ctx.old.nodes, ...ctx.now.nodes].some((n) => ts.isJSDoc(n))) return;
  const before = typePlaces(ctx.old);
  const after = typePlaces(ctx.now);
  for (const [place, was] of before) {
    const is = after.get(place);
    if (is === undefined) continue;
    if (isWeaker(was.type, is.type, ctx.rule)) {
      yield ["type-weakened", `${place} is typed less exactly than before.`];
    } else if (is.optional && !was.optional && was.type !== "" && is.given === was.given) {
      yield ["type-weakened", `${place} became optional.`];
    } else if (was.type !== "" && is.type === "" && isTakenAway(was, is, ctx.rule)) {
      yield ["annotation-removed", `${place} lost its type.`];
    }
  }
  yield* signatures(before, after);
}

const INDEXED = /\[\w+:string\]:|^Record<string,/;

function isWeaker(was, is, rule) {
  // A type that claims an answer for every name.
  if (rule === "TS7053" && INDEXED.test(is) && !INDEXED.test(was)) return true;
  if (was !== "" && new RegExp(`^(?:Deep)?Partial<`).test(is) && !/Partial</.test(was)) return true;
  if (was === is || was === "" || is === "" || /\bany\b/.test(was)) return false;
  if (WEAK.test(is)) return !WEAK.test(was);
  if (OPEN.test(is) && !OPEN.test(was)) return true;
  // One literal among others became any text.
  if (/^(?:String|Number|Boolean|Symbol|BigInt)$/.test(was)) return false;
  return /^(?:string|number|boolean)$/.test(is) && (/["'`]|^[A-Z]\w*$|\|/.test(was) || /^\d/.test(was));
}

function isTakenAway(was, is, rule) {
  if (TYPE_RULES.test(rule)) return false;
  return was.given === is.given;
}

function* signatures(before, after) {
  for (const place of after.keys()) {
    if (place.endsWith("[index]") && !before.has(place) && before.has(place.replace(/\.?\[index\]$/, ""))) {
      yield ["type-weakened", `${place.slice(0, -8)} takes any name since an index signature was added.`];
    }
  }
  for (const [place, was] of before) {
    if (!place.endsWith("(heritage)")) continue;
    const is = after.get(place) ?? { type: "" };
    if (was.type !== "" && is.type === "" && after.has(place.replace("(heritage)", "(class)"))) {
      yield ["annotation-removed", `${place.slice(0, -11)} no longer says what it implements.`];
    }
  }
}

/** Maps each place where a type may stand to the type that stands there. */
function typePlaces(side) {
  const found = new Map();
  const text = (node) => (node === undefined ? "" : side.code(node).replaceAll(" ", ""));
  const put = (key, type, more = {}) => {
    if (!found.has(key)) found.set(key, { type: text(type), optional: false, given: "", ...more });
  };
  const names = new Map([...side.symbols].map(([name, node]) => [node, name]));
  for (const node of side.nodes) {
    if (inJsDoc(node)) continue;
    if (ts.isTypeAliasDeclaration(node)) put(node.name.text, node.type);
    else if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      put(`${around(node, names)}${node.name.text}`, node.type, { given: text(node.initializer) });
    } else if (isFunction(node)) functionPlaces(node, names.get(node) ?? "", put, text);
    else if (isMember(node)) {
      const owner = ownerName(node, names);
      const given = text(node.initializer);
      put(`${owner}.${node.name.getText()}`, node.type, { optional: !!node.questionToken, given });
    } else if (ts.isIndexSignatureDeclaration(node)) put(`${ownerName(node, names)}.[index]`, node.type);
    if (ts.isInterfaceDeclaration(node)) put(node.name.text, undefined);
    if (ts.isClassDeclaration(node) && node.name !== undefined) {
      put(`${node.name.text}.(class)`, undefined);
      const clauses = (node.heritageClauses ?? []).map((clause) => text(clause)).join(";");
      found.set(`${node.name.text}.(heritage)`, { type: clauses, optional: false, given: "" });
    }
  }
  return found;
}

const isMember = (node) =>
  (ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isMethodSignature(node)) &&
  node.name !== undefined;

function functionPlaces(node, name, put, text) {
  put(`${name}()`, node.type, { optional: !!node.questionToken });
  node.parameters.forEach((parameter, index) => {
    const given = text(parameter.initializer);
    put(`${name}(${index + 1})`, parameter.type, { optional: !!parameter.questionToken, given });
  });
}

function around(node, names) {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (names.has(at)) return `${names.get(at)}/`;
  }
  return "";
}

function ownerName(node, names) {
  const owner = node.parent;
  if (ts.isTypeLiteralNode(owner)) {
    if (ts.isTypeAliasDeclaration(owner.parent)) return owner.parent.name.text;
    return `${around(owner, names)}{}`;
  }
  return owner.name?.getText() ?? "";
}

/** Whether a path is one that types can be written in. */
export const typedPath = isTyped;
