// The function, class or other named thing around a place, found on the syntax alone.
import ts from "typescript";

const KINDS = {
  ".ts": ts.ScriptKind.TS,
  ".mts": ts.ScriptKind.TS,
  ".cts": ts.ScriptKind.TS,
  ".tsx": ts.ScriptKind.TSX,
};

const FINDINGS_MAX = 5000;

/** Returns what is said about one file unless it is more than anybody could act on. */
export function believable(found) {
  if (found.length > FINDINGS_MAX) throw new RangeError(`${found.length} findings in one file`);
  return found;
}

/** @returns {ts.ScriptKind} of a path; JavaScript may always hold JSX */
export function scriptKind(path) {
  return KINDS[/\.[^./]*$/.exec(path)?.[0] ?? ""] ?? ts.ScriptKind.JSX;
}

/** Where the project's files lie for those who want absolute paths. */
export const ROOT = "/project";

const PARSED_MAX = 8;
const parsed = new Map();

/** @returns {ts.SourceFile | undefined} the tree of a text that was parsed not long ago */
export function known(path, text) {
  return parsed.get(`${path}\0${text}`);
}

/** Parses a text; a syntax error gives a tree all the same. Who asks again gets the same tree. */
export function parse(path, text) {
  const key = `${path}\0${text}`;
  const known =
    parsed.get(key) ??
    ts.createSourceFile(`${ROOT}/${path}`, text, ts.ScriptTarget.Latest, true, scriptKind(path));
  parsed.delete(key);
  parsed.set(key, known);
  if (parsed.size > PARSED_MAX) parsed.delete(parsed.keys().next().value);
  return known;
}

/** The named things of a file, to look up what is around a place. */
export class Symbols {
  /** @param {ts.SourceFile} source */
  constructor(source) {
    this.source = source;
  }

  /** @returns {string} dotted name of what is around an offset, "" at the top level */
  at(offset) {
    const names = [];
    const holds = ({ pos, end }) => pos <= offset && offset < end;
    const inside = (node) => ts.forEachChild(node, (child) => (holds(child) ? child : undefined));
    for (let node = inside(this.source); node !== undefined; node = inside(node)) {
      const own = nameOf(node);
      if (own && node.getStart(this.source) <= offset) names.push(own);
    }
    return names.join(".");
  }
}

function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  if (ts.isClassStaticBlockDeclaration(node)) return "static";
  if (isNamed(node)) return textOf(node.name);
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isClassExpression(node)) {
    const { parent } = node;
    const binds =
      ts.isVariableDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent);
    if (binds && parent.initializer === node) return textOf(parent.name);
    return textOf(node.name);
  }
  return "";
}

function isNamed(node) {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessor(node) ||
    ts.isSetAccessor(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

function textOf(name) {
  if (name === undefined) return "";
  const plain = ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteral(name);
  return plain ? name.text : "";
}
