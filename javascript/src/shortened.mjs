// A script whose functions hold no more than the names that they use, and where its parts come from.
import ts from "typescript";
import { wordsIn } from "./heads.mjs";

/**
 * What is not shortened of a script.
 *
 * @typedef {object} Change
 * @property {Set<number>} places functions that are left as they are
 * @property {Set<number>} statements that are left standing, with their other functions shortened
 * @property {Set<number>} whole those of them of which nothing is shortened
 */

/** Shortens one script in several ways. */
export class Shortened {
  /**
   * @param {import("./outline.mjs").Outline} outline
   * @param {boolean} typed whether types may be written
   */
  constructor(outline, typed) {
    this.outline = outline;
    this.typed = typed;
    this.declared = declaredIn(outline.source);
    this.hidden = outline.source.statements.map((statement) => hiddenIn(statement));
    this.stubs = outline.source.statements.map((statement) => this.#stub(statement));
    this.names = new Set(this.stubs.flatMap((stub) => stub?.names ?? []));
    this.bodies = outline.places.map((place) => this.#body(place));
  }

  /** Whether a statement that is as it was stands for no more than its name and what it uses. */
  isStub(statement) {
    return this.stubs[statement] !== null;
  }

  /**
   * @param {Change} change
   * @param {import("./outline.mjs").Outline} now the script with these functions changed
   * @returns {Pieced}
   */
  script(change, now) {
    // What is exported, uses nothing and is named nowhere else is left out as well, and what is left
    // for its name may name more.
    let made = this.#pieces(change, now, new Set());
    for (let before = -1; before < made.text.length; ) {
      before = made.text.length;
      made = this.#pieces(change, now, mayEscapeNames(made.text) ? this.names : wordsIn([made.text]));
    }
    return made;
  }

  /** Puts a script together; of what is exported and uses nothing only what has one of the names. */
  #pieces({ places, statements: left, whole }, now, names) {
    const { text, statements } = now.source;
    const stubs = this.stubs.map((stub, n) => (left.has(n) ? null : stub));
    const gathered = gatheredIn(stubs);
    const made = new Pieced();
    let place = 0;
    for (const [n, { pos, end }] of statements.entries()) {
      const uses = gathered.get(n) ?? stubs[n]?.uses;
      const isIdle = uses?.length === 0 && stubs[n].exported && !stubs[n].names.some((name) => names.has(name));
      // A stub without a text is all there or not at all.
      const stub = stubs[n]?.make === null && !isIdle ? null : stubs[n];
      let at = pos;
      for (; now.places[place]?.statement === n; place += 1) {
        if (stub !== null || whole.has(n) || places.has(place)) continue;
        const { body } = now.places[place].node;
        const inside = this.bodies[place];
        made.add(text.slice(at, body.pos) + (inside ?? text.slice(body.pos, body.end - 1)), at);
        at = body.end - 1;
      }
      if (stub === null) {
        made.add(text.slice(at, end), at);
        continue;
      }
      if (isIdle) continue;
      made.add("\n", pos);
      // What others use may be longer than what stood here, so all of it is told where this begins.
      const isTaker = uses.length > 0 && gathered.has(n);
      made.add(stub.head + stub.make(uses.join("")), pos + stub.from, isTaker);
    }
    const rest = statements.at(-1)?.end ?? 0;
    made.add(text.slice(rest), rest);
    return made;
  }

  /** Returns a body without what closes it, null where it cannot be shortened. */
  #body({ node: { body }, text, statement }) {
    const from = body.getStart() + 1 - body.pos;
    const members = usesOf(this.hidden[statement], body);
    if (members === null) return null;
    const uses = [...this.#uses(body).keys()].join("") + members;
    return uses.length > text.length - 1 - from ? null : text.slice(0, from) + uses;
  }

  #stub(statement) {
    if (ts.isVariableStatement(statement)) return this.#constants(statement);
    const { text } = statement.getSourceFile();
    const { name, pos, end } = statement;
    const make = STUBS.get(statement.kind);
    const bare = ts.isFunctionDeclaration(statement) && statement.body === undefined;
    if (make === undefined || name === undefined || bare) return null;
    const start = statement.getStart();
    const types = ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
    const named = types ? this.#types(statement) : this.#uses(statement);
    const uses = [...named.keys()];
    const head = text.slice(start, name.end);
    // Whatever is said about it must lie inside of what it stands for.
    if (head.length + make(uses.join("")).length > end - start) return null;
    const flags = ts.getCombinedModifierFlags(statement);
    return {
      head,
      make,
      types,
      uses,
      others: uses.filter((use) => named.get(use) !== name.text),
      // Which function assigns a name can matter to a loop that calls it.
      gives: types || !uses.some((use) => use.includes("=")),
      from: start - pos,
      names: [name.text],
      exported: isExported(statement),
      takes: isExported(statement) && (flags & ts.ModifierFlags.Ambient) === 0,
    };
  }

  /** Returns what stands for exported constants, which are left out or as they are. */
  #constants(statement) {
    const { declarations } = statement.declarationList;
    const names = declarations.map(({ name }) => (ts.isIdentifier(name) ? name.text : null));
    if (!isExported(statement) || names.includes(null)) return null;
    const uses = [...this.#uses(statement.declarationList).keys()];
    if (uses.some((use) => use.includes("="))) return null;
    return { make: null, types: false, uses, others: uses, gives: true, names, exported: true, takes: false };
  }

  /** Returns statements that read and assign what a node reads and assigns, with the names. */
  #uses(root) {
    return this.#names(root, (node) => {
      const { text } = node;
      if (isType(node)) return this.typed ? `0 as ${text}${dot(node)};` : "";
      const target = assigned(node);
      if (target === undefined) return `${text};`;
      return target ? `${text}=1;` : `${text}=1;${text};`;
    });
  }

  /** Returns the ends of a union of the types that a node names, with the names. */
  #types(root) {
    return this.#names(root, (node) => {
      const { text, parent } = node;
      if (isType(node)) return `|${text}${dot(node)}`;
      return `|${ts.isExpressionWithTypeArguments(parent) ? "" : "typeof "}${text}`;
    });
  }

  /** @returns {Map<string, string>} the names that may be unused and that a node uses, by how they are written */
  #names(root, written) {
    const found = new Map();
    const visit = (node) => {
      if (ts.isIdentifier(node)) {
        if (this.declared.has(node.text)) found.set(written(node), node.text);
        return;
      }
      const isTag = ts.isJsxOpeningLikeElement(node) || ts.isJsxClosingElement(node);
      ts.forEachChild(node, (child) => {
        if (!isName(child, node) && !(isTag && !this.typed && child === node.tagName)) visit(child);
      });
    };
    ts.forEachChild(root, (child) => void (isName(child, root) || visit(child)));
    return found;
  }
}

const STUBS = new Map([
  [ts.SyntaxKind.FunctionDeclaration, (uses) => `(){${uses}}`],
  [ts.SyntaxKind.ClassDeclaration, (uses) => `{a(){${uses}}}`],
  [ts.SyntaxKind.TypeAliasDeclaration, (types) => `=0${types};`],
  [ts.SyntaxKind.InterfaceDeclaration, (types) => `{a:0${types}}`],
]);

/**
 * Lets one stub of each sort use what all of them use: whether a name is used does not depend on who
 * else uses it, but for what it declares itself.
 *
 * @param {Array<object | null>} stubs those that stand for their statements, null for others
 * @returns {Map<number, string[]>} what a stub uses now, by its number
 */
function gatheredIn(stubs) {
  const found = new Map();
  for (const types of [false, true]) {
    const among = (stub) => stub !== null && stub.types === types && stub.gives;
    const taker = stubs.findIndex((stub) => among(stub) && stub.takes);
    if (taker < 0) continue;
    const all = new Set();
    for (const [n, stub] of stubs.entries()) {
      if (!among(stub)) continue;
      for (const use of stub.others) all.add(use);
      found.set(n, []);
    }
    found.set(taker, [...all]);
  }
  return found;
}

/** Whether a text holds an escape of a character that may be part of a name. */
function mayEscapeNames(text) {
  const escapes = text.matchAll(/\\u(?:\{([\da-f]+)\}|([\da-f]{4}))/gi);
  return [...escapes].some(([, braced, plain]) => {
    const code = Number.parseInt(braced ?? plain, 16);
    return code <= 0x10ffff && /[\p{ID_Continue}$\u200c\u200d]/u.test(String.fromCodePoint(code));
  });
}

/** A text in pieces, each of which stands at some place of another text. */
class Pieced {
  constructor() {
    this.text = "";
    this.starts = [];
    this.origins = [];
    this.steps = [];
  }

  /** Adds what stands at an offset of the other text, all of it at that one where it is `still`. */
  add(text, origin, still = false) {
    if (text === "") return;
    this.starts.push(this.text.length);
    this.origins.push(origin);
    this.steps.push(still ? 0 : 1);
    this.text += text;
  }

  /** @returns {number} where in the other text an offset lies */
  origin(offset) {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return high < 0 ? offset : this.origins[low] + this.steps[low] * (offset - this.starts[low]);
  }
}

/**
 * @returns {Set<string>} the names that a file's own statements declare and that may be unused:
 *   exported functions, classes, types and constants never are
 */
function declaredIn(source) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) found.add(node.text);
    else ts.forEachChild(node, visit);
  };
  for (const statement of source.statements) {
    if (isExported(statement)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) visit(name);
    } else if (ts.isImportDeclaration(statement) && statement.importClause) {
      visit(statement.importClause);
    } else if (statement.name !== undefined && ts.isIdentifier(statement.name)) {
      found.add(statement.name.text);
    }
  }
  return found;
}

/** Whether it is exported, and never changed where it is a variable. */
function isExported(statement) {
  const isConstant = ts.isVariableStatement(statement) && isConst(statement.declarationList);
  if (!isConstant && !STUBS.has(statement.kind)) return false;
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function isConst({ flags }) {
  return (flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
}

/** @returns {Set<string>} names of members that may be unused, because only their class sees them */
function hiddenIn(statement) {
  const found = new Set();
  if (!ts.isClassDeclaration(statement)) return found;
  const add = (member) => {
    const { name } = member;
    const isHidden =
      (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0 ||
      (name !== undefined && ts.isPrivateIdentifier(name));
    if (isHidden && name?.text !== undefined) found.add(name.text);
  };
  for (const member of statement.members) {
    add(member);
    if (ts.isConstructorDeclaration(member)) member.parameters.forEach(add);
  }
  return found;
}

/**
 * @param {Set<string>} hidden names of members
 * @returns {string | null} statements that read and assign the members that a body of a member reads
 *   and assigns, null where that cannot be told from its syntax
 */
function usesOf(hidden, body) {
  if (hidden.size === 0) return "";
  const found = new Set();
  // Another function has a `this` of its own, and other ways to a member are not followed.
  const isTold = (node, own) => {
    const isMember = ts.isPropertyAccessExpression(node) && hidden.has(node.name.text);
    if (isMember && own && node.expression.kind === ts.SyntaxKind.ThisKeyword) {
      const { text } = node.name;
      const target = assigned(node);
      if (target !== undefined) found.add(`this.${text}=1;`);
      if (!target) found.add(`this.${text};`);
      return true;
    }
    const taken = own ? takenFromThis(node) : null;
    if (taken?.some((name) => hidden.has(name.text))) {
      for (const { text } of taken) if (hidden.has(text)) found.add(`this.${text};`);
      return node.name.elements.every(({ initializer }) => initializer === undefined || isTold(initializer, own));
    }
    if (hidden.has(node.text) && mayNameMember(node)) return false;
    const keeps = own && !ts.isClassLike(node) && (!ts.isFunctionLike(node) || ts.isArrowFunction(node));
    return ts.forEachChild(node, (child) => !isTold(child, keeps)) !== true;
  };
  return isTold(body, true) ? [...found].join("") : null;
}

/** @returns {ts.Identifier[] | null} the members that a declaration takes from `this`, if all are named */
function takenFromThis(node) {
  const takes =
    ts.isVariableDeclaration(node) &&
    node.type === undefined &&
    node.initializer?.kind === ts.SyntaxKind.ThisKeyword &&
    ts.isObjectBindingPattern(node.name);
  if (!takes) return null;
  const names = node.name.elements.map((one) => one.propertyName ?? one.name);
  const isPlain = (one) => one.dotDotDotToken === undefined && ts.isIdentifier(one.name);
  return node.name.elements.every(isPlain) && names.every(ts.isIdentifier) ? names : null;
}

/** Whether a word may be the name of a member that is used, and not of a variable. */
function mayNameMember(node) {
  const { parent } = node;
  if (!ts.isIdentifier(node)) return ts.isPrivateIdentifier(node) || ts.isStringLiteralLike(node);
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return ts.isObjectBindingPattern(parent.parent) && parent.initializer !== node;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node;
  return ts.isObjectLiteralElement(parent) && parent.name === node;
}

const dot = ({ parent }) => (ts.isQualifiedName(parent) ? ".a" : "");

/** Whether a node names something and does not refer to it. */
function isName(child, parent) {
  if (ts.isPropertyAccessExpression(parent)) return child === parent.name;
  if (ts.isQualifiedName(parent)) return child === parent.right;
  if (ts.isTypeParameterDeclaration(parent) || ts.isJsxAttribute(parent)) return child === parent.name;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isBindingElement(parent) && child === parent.propertyName) return true;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) {
    return child === parent.label;
  }
  return child === parent.name || ts.isMetaProperty(parent);
}

function isType({ parent }) {
  for (let at = parent; ts.isQualifiedName(at) || ts.isTypeReferenceNode(at); at = at.parent) {
    if (ts.isTypeReferenceNode(at)) return true;
  }
  return false;
}

/** @returns {boolean | undefined} whether a name is only assigned, undefined when it is not at all */
function assigned(node) {
  let inner = node;
  for (let at = node.parent; at !== undefined; inner = at, at = at.parent) {
    if (ts.isBinaryExpression(at)) {
      const kind = at.operatorToken.kind;
      const assigns =
        kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
      if (!assigns || at.left !== inner) return undefined;
      return kind === ts.SyntaxKind.EqualsToken || ts.isExpressionStatement(at.parent);
    }
    if (ts.isPrefixUnaryExpression(at) || ts.isPostfixUnaryExpression(at)) {
      const counts =
        at.operator === ts.SyntaxKind.PlusPlusToken || at.operator === ts.SyntaxKind.MinusMinusToken;
      return counts ? ts.isExpressionStatement(at.parent) : undefined;
    }
    if (ts.isForInStatement(at) || ts.isForOfStatement(at)) {
      return at.initializer === inner ? true : undefined;
    }
    const pattern =
      ts.isArrayLiteralExpression(at) ||
      ts.isObjectLiteralExpression(at) ||
      ts.isPropertyAssignment(at) ||
      ts.isShorthandPropertyAssignment(at) ||
      ts.isSpreadElement(at) ||
      ts.isSpreadAssignment(at) ||
      ts.isParenthesizedExpression(at);
    if (!pattern) return undefined;
  }
  return undefined;
}
