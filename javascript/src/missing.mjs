// What the compiler says only because packages are not installed here.
//
// A repository is analysed without being set up, so declared packages may be missing. That says
// nothing about its code. Whether a candidate may import a package is decided elsewhere, from the
// declared dependencies.
import { builtinModules } from "node:module";
import ts from "typescript";

const MODULE = new Set([2307, 2732, 2792, 7016, 2882]);
/** Names that come with declarations of a missing package: process, describe, Buffer, React. */
const GLOBALS = new Set([2503, 2580, 2581, 2582, 2591, 2592, 2593, 2688, 2867, 2868, 2874]);
const JSX = new Set([2602, 2604, 2875, 7026]);
const IMPLICIT_ANY = new Set([7006, 7019, 7031, 7051]);

const CODE = /\.(?:[cm]?[jt]sx?)$/;
const FILE = /\/[^/]*\.[A-Za-z0-9]+(?:\?[^/]*)?$/;
const OUTPUT = /(?:^|\/)(?:dist|build|node_modules)\//;
const BUILTIN = new Set(builtinModules);

/** What is not there, for one program. */
export class Missing {
  constructor(program, project) {
    this.checker = () => program.getTypeChecker();
    this.options = program.getCompilerOptions();
    const { dependencies = null, name = "" } = project.options;
    this.declared = dependencies === null ? null : new Set([...dependencies, name]);
    this.anything = !project.complete;
  }

  /** Whether a module is one that a set-up repository would have. */
  expected(specifier) {
    if (specifier.startsWith(".") || specifier.startsWith("/")) {
      return OUTPUT.test(specifier) || (FILE.test(`/${specifier}`) && !CODE.test(specifier));
    }
    if (specifier.startsWith("#") || this.#isAlias(specifier)) return false;
    if (specifier.startsWith("node:") || BUILTIN.has(specifier.split("/")[0])) return true;
    if (this.declared === null || specifier.includes(":")) return true;
    const parts = specifier.split("/");
    const packageName = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
    const typesName = `@types/${packageName.replace(/^@/, "").replace("/", "__")}`;
    return this.declared.has(packageName) || this.declared.has(typesName);
  }

  #isAlias(specifier) {
    return Object.keys(this.options.paths ?? {}).some((pattern) => {
      const [head, tail] = pattern.split("*");
      if (tail === undefined) return specifier === pattern;
      return head !== "" && specifier.startsWith(head) && specifier.endsWith(tail);
    });
  }
}

/** Whether a diagnostic says something about this machine and not about the code. */
export function isNoise(diagnostic, missing) {
  const { code } = diagnostic;
  if (MODULE.has(code)) {
    const node = nodeAt(diagnostic);
    return node !== undefined && ts.isStringLiteralLike(node) && missing.expected(node.text);
  }
  if (!missing.anything) return false;
  if (GLOBALS.has(code) || JSX.has(code)) return true;
  return IMPLICIT_ANY.has(code) && isGivenToUnknown(nodeAt(diagnostic), missing);
}

function nodeAt({ file, start }) {
  const visit = (node) => {
    if (start < node.getFullStart() || start >= node.getEnd()) return undefined;
    return ts.forEachChild(node, visit) ?? node;
  };
  return visit(file);
}

/** Whether a parameter belongs to a function handed to something whose type is not known. */
function isGivenToUnknown(node, missing) {
  let inner = node;
  for (let at = node?.parent; at !== undefined; inner = at, at = at.parent) {
    if ((ts.isCallExpression(at) || ts.isNewExpression(at)) && at.expression !== inner) {
      const type = missing.checker().getTypeAtLocation(at.expression);
      return (type.flags & ts.TypeFlags.Any) !== 0;
    }
    if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at) || ts.isSourceFile(at)) break;
  }
  return false;
}
