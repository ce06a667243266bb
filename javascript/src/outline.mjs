// What a change inside of functions leaves as it was, and what has to be checked again.
//
// A file is what stands outside of its outermost functions' bodies, and these bodies. Where only
// bodies change, and no function says anything else to the code around it, everything but the
// statements and members that hold these functions is found to be what it was.
import ts from "typescript";
import { reachesOut, wordsIn } from "./heads.mjs";

const WRITTEN =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.UseFullyQualifiedType |
  ts.TypeFormatFlags.AllowUniqueESSymbolType |
  ts.TypeFormatFlags.WriteTypeArgumentsOfSignature;

/** One function with a body, outermost in its file. */
class Place {
  /**
   * @param {ts.SignatureDeclaration} node
   * @param {ts.Node} part the statement or the member of a class that it stands in
   * @param {string} text of its body
   * @param {number} statement the file's statement that it stands in, counted from 0
   */
  constructor(node, part, text, statement) {
    this.node = node;
    this.start = node.getStart();
    this.part = part;
    this.text = text;
    this.statement = statement;
  }

  /** @returns {string | null} what it says to others beyond what is written down, null if unknown */
  says(checker) {
    const { node } = this;
    if (isSaid(node)) return "";
    // Types that are declared inside are written by their names alone.
    if (declaresTypes(node.body)) return null;
    const signature = checker.getSignatureFromDeclaration(node);
    if (signature === undefined) return null;
    const waits = isGiven(node) && checker.isContextSensitive(node);
    return `${waits} ${checker.signatureToString(signature, node, WRITTEN)}`;
  }
}

const outlines = new WeakMap();

/** @returns {Outline} of a script that parses; a tree is taken apart once */
export function outlineOf(source) {
  if (!outlines.has(source)) outlines.set(source, new Outline(source));
  return outlines.get(source);
}

/** A script that parses, taken apart. */
export class Outline {
  /** @param {ts.SourceFile} source */
  constructor(source) {
    this.source = source;
    /** Text before each body, and after the last one. */
    this.kept = [];
    /** @type {Place[]} */
    this.places = [];
    let at = 0;
    let count = 0;
    const visit = (node, part) => {
      if (isFunction(node)) {
        ts.forEachChild(node, (child) => void (child === node.body || visit(child, part)));
        this.kept.push(source.text.slice(at, node.body.pos));
        const text = source.text.slice(node.body.pos, node.body.end);
        this.places.push(new Place(node, part, text, count));
        at = node.body.end;
      } else {
        ts.forEachChild(node, (child) => visit(child, part));
      }
    };
    for (const statement of source.statements) {
      if (ts.isClassDeclaration(statement)) {
        ts.forEachChild(statement, (child) => visit(child, ts.isClassElement(child) ? child : statement));
      } else {
        visit(statement, statement);
      }
      count += 1;
    }
    this.kept.push(source.text.slice(at));
  }

  /** @returns {number} the outermost function that an offset lies in, -1 when in none */
  around(offset) {
    return this.places.findIndex(({ start, node }) => start <= offset && offset < node.body.end);
  }

  /** @returns {number} the statement that an offset lies in, with what stands before it, or -1 */
  statementAt(offset) {
    return this.source.statements.findIndex(({ pos, end }) => pos <= offset && offset < end);
  }

  /** @returns {number} how many bodies end before an offset */
  bodiesBefore(offset) {
    const found = this.places.findIndex(({ node }) => node.body.end > offset);
    return found < 0 ? this.places.length : found;
  }

  /** @returns {number[]} by how much what stands after so many bodies lies elsewhere here */
  shifts(before) {
    const by = [0];
    for (const [n, { text }] of this.places.entries()) {
      by.push(by[n] + text.length - before.places[n].text.length);
    }
    return by;
  }

  /**
   * @param {Outline} after
   * @returns {number[] | null} numbers of the bodies that differ, null when anything else does
   */
  differing(after) {
    const same = this.kept.length === after.kept.length;
    if (!same || this.kept.some((text, n) => text !== after.kept[n])) return null;
    return [...this.places.keys()].filter((n) => this.places[n].text !== after.places[n].text);
  }

  /** As `differing`, and null too when a body assigns something else outside of it than before. */
  changed(after) {
    const words = (this.words ??= wordsIn(this.kept));
    const outside = (place) => reachesOut(place.node.body, words).join();
    const changed = this.differing(after);
    const alike = (n) => outside(this.places[n]) === outside(after.places[n]);
    return changed?.every(alike) ? changed : null;
  }
}

/** What it does to the code around it can be told from its body; a constructor gives types. */
function isFunction(node) {
  return (
    (ts.isFunctionDeclaration(node) ||
      ts.isFunctionExpression(node) ||
      ts.isArrowFunction(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isGetAccessor(node) ||
      ts.isSetAccessor(node)) &&
    node.body !== undefined &&
    ts.isBlock(node.body)
  );
}

/** Whether a function stands where its types may come from what surrounds it. */
function isGiven(node) {
  const isMethod = ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent);
  return isMethod || ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

/** Whether everything that others can see of a function is written down. */
function isSaid(node) {
  return node.type !== undefined || ts.isSetAccessor(node);
}

function declaresTypes(body) {
  const visit = (node) =>
    ts.isClassLike(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.forEachChild(node, visit);
  return visit(body) === true;
}
