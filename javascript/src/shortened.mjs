// A script whose functions hold no more than the names that they use, and where its parts come from.
import ts from "typescript";

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
    this.stubs = outline.source.statements.map((statement) => this.#stub(statement));
    this.bodies = outline.places.map((place) => this.#body(place));
  }

  /** Whether a statement that is as it was stands for no more than its name and what it uses. */
  isStub(statement) {
    return this.stubs[statement] !== null;
  }

  /**
   * @param {number[]} changed functions whose statements are left whole
   * @param {import("./outline.mjs").Outline} now the script with these functions changed
   * @returns {Pieced}
   */
  script(changed, now) {
    const whole = new Set(changed.map((n) => now.places[n].statement));
    const { text, statements } = now.source;
    const made = new Pieced();
    let place = 0;
    for (const [n, { pos, end }] of statements.entries()) {
      // What members of a class are used for stands in its other members.
      const stub = whole.has(n) ? null : this.stubs[n];
      let at = pos;
      for (; now.places[place]?.statement === n; place += 1) {
        if (stub !== null || whole.has(n)) continue;
        const { body } = now.places[place].node;
        const inside = this.bodies[place];
        made.add(text.slice(at, body.pos) + (inside ?? text.slice(body.pos, body.end - 1)), at);
        at = body.end - 1;
      }
      if (stub === null) {
        made.add(text.slice(at, end), at);
      } else {
        made.add("\n", pos);
        made.add(stub.text, pos + stub.from);
      }
    }
    const rest = statements.at(-1)?.end ?? 0;
    made.add(text.slice(rest), rest);
    return made;
  }

  /** Returns a body without what closes it, null where it cannot be shortened. */
  #body({ node: { body }, text }) {
    const from = body.getStart() + 1 - body.pos;
    const uses = this.#uses(body);
    return uses.length > text.length - 1 - from ? null : text.slice(0, from) + uses;
  }

  #stub(statement) {
    const { text } = statement.getSourceFile();
    const { name, pos, end } = statement;
    const make = STUBS.get(statement.kind);
    const bare = ts.isFunctionDeclaration(statement) && statement.body === undefined;
    if (make === undefined || name === undefined || bare) return null;
    const start = statement.getStart();
    const types = ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
    const made = text.slice(start, name.end) + make(types ? this.#types(statement) : this.#uses(statement));
    // Whatever is said about it must lie inside of what it stands for.
    return made.length <= end - start ? { text: made, from: start - pos } : null;
  }

  /** Returns statements that read and assign what a node reads and assigns. */
  #uses(root) {
    return this.#names(root, (node) => {
      const { text } = node;
      if (isType(node)) return this.typed ? `0 as ${text}${dot(node)};` : "";
      const target = assigned(node);
      if (target === undefined) return `${text};`;
      return target ? `${text}=1;` : `${text}=1;${text};`;
    });
  }

  /** Returns the end of a union of the types that a node names. */
  #types(root) {
    return this.#names(root, (node) => {
      const { text, parent } = node;
      if (isType(node)) return `|${text}${dot(node)}`;
      return `|${ts.isExpressionWithTypeArguments(parent) ? "" : "typeof "}${text}`;
    });
  }

  #names(root, written) {
    const found = new Set();
    const visit = (node) => {
      if (ts.isIdentifier(node)) {
        if (this.declared.has(node.text)) found.add(written(node));
        return;
      }
      const isTag = ts.isJsxOpeningLikeElement(node) || ts.isJsxClosingElement(node);
      ts.forEachChild(node, (child) => {
        if (!isName(child, node) && !(isTag && !this.typed && child === node.tagName)) visit(child);
      });
    };
    ts.forEachChild(root, (child) => void (isName(child, root) || visit(child)));
    return [...found].join("");
  }
}

const STUBS = new Map([
  [ts.SyntaxKind.FunctionDeclaration, (uses) => `(){${uses}}`],
  [ts.SyntaxKind.ClassDeclaration, (uses) => `{a(){${uses}}}`],
  [ts.SyntaxKind.TypeAliasDeclaration, (types) => `=0${types};`],
  [ts.SyntaxKind.InterfaceDeclaration, (types) => `{a:0${types}}`],
]);

/** A text in pieces, each of which stands at some place of another text. */
class Pieced {
  constructor() {
    this.text = "";
    this.starts = [];
    this.origins = [];
  }

  /** Adds what stands at an offset of the other text. */
  add(text, origin) {
    if (text === "") return;
    this.starts.push(this.text.length);
    this.origins.push(origin);
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
    return high < 0 ? offset : this.origins[low] + offset - this.starts[low];
  }
}

/**
 * @returns {Set<string>} the names that a file's own statements declare and that may be unused:
 *   exported functions, classes and types never are
 */
function declaredIn(source) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) found.add(node.text);
    else ts.forEachChild(node, visit);
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) visit(name);
    } else if (ts.isImportDeclaration(statement) && statement.importClause) {
      visit(statement.importClause);
    } else if (statement.name !== undefined && ts.isIdentifier(statement.name)) {
      if (!isExported(statement)) found.add(statement.name.text);
    }
  }
  return found;
}

function isExported(statement) {
  return STUBS.has(statement.kind) && (ts.getCombinedModifierFlags(statement) & ts.ModifierFlags.Export) !== 0;
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
