// One state of a script, parsed once: nodes, comments, functions and the words that are used.
//
// The syntax tree is TypeScript's own, made without a program: nothing is resolved or typed.
import ts from "typescript";
import { parse } from "../symbols.mjs";

const SUFFIXES = new Set([".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"]);

const COMMENT = /\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** Returns the ending of a path that says how to read it, "" for a file that is no script. */
export function suffixOf(path) {
  const match = /\.[a-z]+$/i.exec(path.toLowerCase());
  return match !== null && SUFFIXES.has(match[0]) ? match[0] : "";
}

export const isTyped = (path) => /\.[mc]?tsx?$/i.test(path);

export const isFunction = (node) =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isGetAccessor(node) ||
  ts.isSetAccessor(node);

/** Returns a node and all below it, parents first, JSDoc included, without recursion. */
export function walk(root) {
  const found = [];
  const waiting = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    found.push(node);
    const first = waiting.length;
    if (node.jsDoc !== undefined) waiting.push(...node.jsDoc);
    ts.forEachChild(node, (child) => {
      waiting.push(child);
    });
    for (let i = first, j = waiting.length - 1; i < j; i += 1, j -= 1) {
      [waiting[i], waiting[j]] = [waiting[j], waiting[i]];
    }
  }
  return found;
}

/** Counts what comes; a Map from a key to a number. */
export class Counter extends Map {
  constructor(keys = []) {
    super();
    for (const key of keys) this.add(key);
  }

  add(key, by = 1) {
    this.set(key, (this.get(key) ?? 0) + by);
  }

  of(key) {
    return this.get(key) ?? 0;
  }

  /** What this one has more of than the other. */
  minus(other) {
    const left = new Counter();
    for (const [key, count] of this) {
      if (count > other.of(key)) left.set(key, count - other.of(key));
    }
    return left;
  }

  get total() {
    let sum = 0;
    for (const count of this.values()) sum += count;
    return sum;
  }
}

const KEPT_MAX = 6;
const kept = new Map();

/** Returns the side of a text; the base of several changes is parsed once. */
export function sideOf(path, text) {
  const key = `${path}\0${text}`;
  const known = kept.get(key) ?? new Side(path, text);
  kept.delete(key);
  kept.set(key, known);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value);
  return known;
}

export class Side {
  constructor(path, text) {
    this.lazy = new Map();
    this.codes = new Map();
    this.path = path;
    this.text = text;
    this.file = parse(path, text);
  }

  once(name, make) {
    if (!this.lazy.has(name)) this.lazy.set(name, make());
    return this.lazy.get(name);
  }

  /** Syntax errors in words; types in a plain script are one. */
  get errors() {
    return this.once("errors", () => {
      const found = (this.file.parseDiagnostics ?? []).map((d) =>
        ts.flattenDiagnosticMessageText(d.messageText, " "),
      );
      if (found.length === 0 && !isTyped(this.path) && this.everything.some(isTypeSyntax)) {
        found.push("Types can only be written in TypeScript files.");
      }
      return found;
    });
  }

  /** All nodes. */
  get everything() {
    return this.once("everything", () => walk(this.file));
  }

  /** The nodes that are looked at: all of them, or those of a part. */
  get nodes() {
    return this.everything;
  }

  /** The statements that are looked at. */
  get statements() {
    return this.file.statements;
  }

  /** All comments in their order, as texts with a start. */
  get comments() {
    return this.once("comments", () => this.commentsIn([this.file]));
  }

  /** The comments before and inside of some nodes, in their order. */
  commentsIn(roots) {
    const found = [];
    const visit = [...roots];
    while (visit.length > 0) {
      const node = visit.pop();
      if (ts.isJSDoc(node)) continue;
      const children = node.getChildren(this.file);
      if (children.length === 0 && node.kind !== ts.SyntaxKind.JsxText) {
        const start = node.getStart(this.file, false);
        for (const match of this.text.slice(node.pos, start).matchAll(COMMENT)) {
          found.push({ text: match[0], start: node.pos + match.index });
        }
      }
      for (let i = children.length - 1; i >= 0; i -= 1) visit.push(children[i]);
    }
    return found.sort((a, b) => a.start - b.start);
  }

  /** Functions and classes by qualified name; nameless functions are called after their place. */
  get symbols() {
    return this.once("symbols", () => symbolsOf(this));
  }

  get functions() {
    return this.once(
      "functions",
      () => new Map([...this.symbols].filter(([, node]) => isFunction(node))),
    );
  }

  /** Identifiers by their text. */
  get identifiers() {
    return this.once("identifiers", () => {
      const found = new Map();
      for (const node of this.everything) {
        if (!ts.isIdentifier(node)) continue;
        if (found.has(node.text)) found.get(node.text).push(node);
        else found.set(node.text, [node]);
      }
      return found;
    });
  }

  /** How often each word stands as an identifier. */
  get words() {
    return this.once("words", () => {
      const found = new Counter();
      for (const [text, nodes] of this.identifiers) found.set(text, nodes.length);
      return found;
    });
  }

  /** Names that this file declares, each with its declarations. */
  get declared() {
    return this.once("declared", () => {
      const found = new Map();
      for (const node of this.everything) {
        const name = declaredName(node);
        if (name === null) continue;
        if (!found.has(name.text)) found.set(name.text, []);
        found.get(name.text).push(node);
      }
      return found;
    });
  }

  code(node) {
    if (!this.codes.has(node)) this.codes.set(node, codeOf(node, this.file));
    return this.codes.get(node);
  }

  line(position) {
    return this.file.getLineAndCharacterOfPosition(position).line;
  }

  count(test) {
    return this.nodes.reduce((sum, node) => sum + (test(node) ? 1 : 0), 0);
  }
}

/**
 * Returns both sides without the statements that both have, so that what it costs to judge a change
 * depends on the change and not on the file.
 */
export function changedParts(old, now) {
  const [before, after] = [[], []];
  const waiting = [[old.file.statements, now.file.statements]];
  while (waiting.length > 0) {
    const [was, is] = waiting.pop();
    const gone = unmatched(was, old, is, now);
    const come = unmatched(is, now, was, old);
    const pairs = sameClasses(gone, come, old, now);
    const paired = new Set(pairs.flat());
    for (const [one, other] of pairs) waiting.push([one.members, other.members]);
    before.push(...gone.filter((node) => !paired.has(node)));
    after.push(...come.filter((node) => !paired.has(node)));
  }
  const [first, last] = sameEnds(old, now);
  return [part(old, before, first, last), part(now, after, first, last)];
}

function part(side, roots, first, last) {
  const sorted = roots.sort((a, b) => a.pos - b.pos);
  const statements = side.file.statements.slice(first, side.file.statements.length - last);
  let comments = null;
  return Object.create(side, {
    nodes: { value: sorted.flatMap((root) => walk(root)) },
    statements: { value: statements },
    // Those at the end of the file belong to no statement.
    comments: { get: () => (comments ??= side.commentsIn([...sorted, side.file.endOfFileToken])) },
  });
}

const whole = (node, side) => side.text.slice(node.pos, node.end);

function unmatched(nodes, side, others, other) {
  const left = new Counter(others.map((node) => whole(node, other)));
  return nodes.filter((node) => {
    const text = whole(node, side);
    const known = left.of(text) > 0;
    if (known) left.add(text, -1);
    return !known;
  });
}

/** Classes of one name whose heads are the same; only their members differ. */
function sameClasses(gone, come, old, now) {
  const found = [];
  for (const node of gone) {
    if (!ts.isClassDeclaration(node) || node.name === undefined) continue;
    const twin = come.filter((c) => ts.isClassDeclaration(c) && c.name?.text === node.name.text);
    if (twin.length === 1 && frame(node, old) === frame(twin[0], now)) found.push([node, twin[0]]);
  }
  return found;
}

const frame = (node, side) =>
  side.text.slice(node.pos, node.members.pos) + side.text.slice(node.members.end, node.end);

/** How many statements at the beginning and at the end both sides have in the same order. */
function sameEnds(old, now) {
  const [was, is] = [old.file.statements, now.file.statements];
  const most = Math.min(was.length, is.length);
  const same = (i, j) => whole(was[i], old) === whole(is[j], now);
  let first = 0;
  while (first < most && same(first, first)) first += 1;
  let last = 0;
  while (last < most - first && same(was.length - 1 - last, is.length - 1 - last)) last += 1;
  return [first, last];
}

/** Returns a node's text without comments and with white space folded, so that layout is nothing. */
export function codeOf(node, file) {
  const parts = [];
  const visit = (inner) => {
    if (ts.isJSDoc(inner)) return;
    const children = inner.getChildren(file);
    if (children.length === 0) parts.push(inner.getText(file));
    for (const child of children) visit(child);
  };
  visit(node);
  return parts.filter((part) => part !== "").join(" ");
}

function declaredName(node) {
  if (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isImportClause(node) ||
    ts.isImportSpecifier(node) ||
    ts.isNamespaceImport(node) ||
    ts.isImportEqualsDeclaration(node)
  ) {
    return node.name !== undefined && ts.isIdentifier(node.name) ? node.name : null;
  }
  return null;
}

function isTypeSyntax(node) {
  if (inJsDoc(node)) return false;
  return (
    ts.isTypeAliasDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ((ts.isParameter(node) || ts.isVariableDeclaration(node) || isFunction(node)) &&
      node.type !== undefined &&
      !inJsDoc(node.type))
  );
}

export function inJsDoc(node) {
  for (let at = node; at !== undefined; at = at.parent) if (ts.isJSDoc(at)) return true;
  return false;
}

function symbolsOf(side) {
  const found = new Map();
  const put = (name, node) => {
    let key = name;
    for (let number = 2; found.has(key); number += 1) key = `${name}#${number}`;
    found.set(key, node);
    return key;
  };
  const waiting = [side.file];
  const prefixes = [""];
  while (waiting.length > 0) {
    const node = waiting.pop();
    const prefix = prefixes.pop();
    let inside = prefix;
    const isClass = ts.isClassDeclaration(node) || ts.isClassExpression(node);
    if (isFunction(node) || isClass || ts.isModuleDeclaration(node)) {
      const own = symbolName(node, side);
      inside = put(prefix === "" ? own : `${prefix}.${own}`, node);
    }
    const first = waiting.length;
    ts.forEachChild(node, (child) => {
      waiting.push(child);
      prefixes.push(inside);
    });
    for (let i = first, j = waiting.length - 1; i < j; i += 1, j -= 1) {
      [waiting[i], waiting[j]] = [waiting[j], waiting[i]];
    }
  }
  return found;
}

function symbolName(node, side) {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  if (node.name !== undefined) return node.name.getText(side.file);
  let parent = node.parent;
  while (ts.isParenthesizedExpression(parent)) parent = parent.parent;
  if (
    (ts.isVariableDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent)) &&
    parent.name !== undefined
  ) {
    return parent.name.getText(side.file);
  }
  if (ts.isBinaryExpression(parent)) return side.code(parent.left).replaceAll(" ", "");
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    return `<${lastName(parent.expression)}>`;
  }
  return ts.isExportAssignment(parent) ? "default" : "<function>";
}

/** The last word of an expression: `push` of `a.b.push`, `get` of `client["get"]`. */
export function lastName(node) {
  let at = node;
  for (;;) {
    if (at === undefined) return "";
    if (ts.isIdentifier(at) || ts.isPrivateIdentifier(at)) return at.text;
    if (ts.isPropertyAccessExpression(at)) return at.name.text;
    if (at.kind === ts.SyntaxKind.SuperKeyword) return "super";
    if (at.kind === ts.SyntaxKind.ImportKeyword) return "import";
    if (ts.isElementAccessExpression(at)) {
      return ts.isStringLiteralLike(at.argumentExpression) ? at.argumentExpression.text : "[]";
    }
    if (ts.isBinaryExpression(at)) at = at.right;
    else if (ts.isCallExpression(at)) return `${lastName(at.expression)}()`;
    else at = at.expression;
  }
}

/** Takes away parentheses and everything that only speaks to the type checker. */
export function bare(node) {
  let at = node;
  while (
    at !== undefined &&
    (ts.isParenthesizedExpression(at) ||
      ts.isAsExpression(at) ||
      ts.isTypeAssertionExpression(at) ||
      ts.isSatisfiesExpression(at) ||
      ts.isNonNullExpression(at))
  ) {
    at = at.expression;
  }
  return at;
}

/** The innermost function around a node, null at the top level. */
export function functionAround(node) {
  for (let at = node.parent; at !== undefined; at = at.parent) if (isFunction(at)) return at;
  return null;
}

export const isCall = (node) =>
  ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node);

export const calleeOf = (node) =>
  ts.isTaggedTemplateExpression(node) ? node.tag : node.expression;
