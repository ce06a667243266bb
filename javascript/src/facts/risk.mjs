// How much of the behaviour is provably unchanged, and in which words to say so.
import ts from "typescript";
import { Counter, calleeOf, functionAround, inJsDoc, isCall, isFunction, lastName } from "./source.mjs";
import { broken, imported, surface } from "./surface.mjs";

const SHOWN_MAX = 3;
const ADDED_MAX = 6;
const FLOW = new Map([
  [ts.SyntaxKind.IfStatement, "if"],
  [ts.SyntaxKind.ConditionalExpression, "if"],
  [ts.SyntaxKind.ForStatement, "for"],
  [ts.SyntaxKind.ForOfStatement, "for"],
  [ts.SyntaxKind.ForInStatement, "for"],
  [ts.SyntaxKind.WhileStatement, "while"],
  [ts.SyntaxKind.DoStatement, "while"],
  [ts.SyntaxKind.ReturnStatement, "return"],
  [ts.SyntaxKind.ThrowStatement, "throw"],
  [ts.SyntaxKind.BreakStatement, "break"],
  [ts.SyntaxKind.ContinueStatement, "continue"],
  [ts.SyntaxKind.TryStatement, "try"],
  [ts.SyntaxKind.SwitchStatement, "switch"],
  [ts.SyntaxKind.CaseClause, "case"],
  [ts.SyntaxKind.AwaitExpression, "await"],
  [ts.SyntaxKind.YieldExpression, "yield"],
]);
const OUTSIDE =
  /^(?:fetch|readFile|writeFile|appendFile|unlink|rm|rmdir|mkdir|rename|copyFile|open|createReadStream|createWriteStream|exec|execFile|spawn|fork|query|execute|request|send|sendBeacon|emit|publish|listen|connect|setItem|removeItem|postMessage|eval)(?:Sync)?$/;

/** Returns { tier, evidence, same } about one changed script. */
export function assess(old, now) {
  const same = form(old) === form(now);
  const evidence = [...surfaceSentences(old, now)];
  if (same) {
    evidence.push(sameCode(old, now));
    return { tier: "A", evidence, same };
  }
  return { ...changed(old, now, evidence), same };
}

function surfaceSentences(old, now) {
  const problems = [...broken(old, now)];
  if (problems.length > 0) return [`Public signatures changed: ${problems[0]}`];
  const text = (side) => JSON.stringify([...surface(side)].sort());
  if (text(old) === text(now)) return ["Public signatures: unchanged."];
  return ["Public signatures: still accept every call they accepted before."];
}

function sameCode(old, now) {
  const [before, after] = [imported(old), imported(now)];
  const gained = [...after].filter((name) => !before.has(name)).sort();
  const lost = [...before].filter((name) => !after.has(name)).sort();
  if (gained.length + lost.length > 0) return `Code: unchanged but for imports (${difference(gained, lost)}).`;
  return "Code: unchanged but for formatting, comments and types.";
}

function changed(old, now, evidence) {
  const [was, is] = [facts(old), facts(now)];
  const places = changedPlaces(old, now);
  evidence.push(`Changed: ${some(places.map((name) => name || "the module's top level"))}; everything else is the same code.`);
  evidence.push(sentence("Calls", was.calls, is.calls));
  evidence.push(sentence("Calls to the outside", was.outside, is.outside));
  evidence.push(sentence("Errors thrown", was.thrown, is.thrown));
  evidence.push(sentence("Errors caught", was.caught, is.caught));
  evidence.push(sentence("Literals", was.literals, is.literals));
  evidence.push(sentence("Conditions", was.conditions, is.conditions));
  const lost = [...was.flow.minus(is.flow).keys()].sort();
  if (lost.length > 0) {
    evidence.push(`Control flow: removed ${some(lost)}.`);
    return { tier: "D", evidence };
  }
  const equal = (a, b) => a.minus(b).total + b.minus(a).total === 0;
  const effects = equal(was.calls, is.calls) && equal(was.thrown, is.thrown) && equal(was.caught, is.caught);
  const added = is.flow.minus(was.flow).total + is.literals.minus(was.literals).total;
  const quiet = was.literals.minus(is.literals).total === 0 && added <= ADDED_MAX;
  const onePlace = places.length === 1 && places[0] !== "";
  return { tier: effects && quiet && onePlace && [...broken(old, now)].length === 0 ? "B" : "C", evidence };
}

function facts(side) {
  const found = { calls: [], outside: [], thrown: [], caught: [], literals: [], flow: [], conditions: [] };
  for (const node of side.nodes) {
    if (inJsDoc(node) || isType(node)) continue;
    if (isCall(node)) {
      const name = lastName(calleeOf(node));
      found.calls.push(name);
      if (OUTSIDE.test(name)) found.outside.push(name);
    }
    if (ts.isThrowStatement(node)) found.thrown.push(lastName(calleeOf(node.expression) ?? node.expression));
    if (ts.isCatchClause(node)) found.caught.push("everything");
    // What a tag names is made as by a call.
    if (ts.isJsxOpeningLikeElement(node)) found.calls.push(`<${side.code(node.tagName).replaceAll(" ", "")}>`);
    const literal = literalOf(node, side);
    if (literal !== "" && !isModuleName(node) && !isInType(node)) found.literals.push(literal);
    if (/^(?:true|false|null)$/.test(ts.tokenToString(node.kind) ?? "") && !isInType(node)) found.literals.push(ts.tokenToString(node.kind));
    if (FLOW.has(node.kind)) found.flow.push(FLOW.get(node.kind));
    const test = ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node) ? node.expression : node.condition;
    if (test !== undefined && FLOW.has(node.kind)) found.conditions.push(side.code(test));
  }
  return Object.fromEntries(Object.entries(found).map(([key, values]) => [key, new Counter(values)]));
}

/** Returns a literal as it is written, of a template one of its texts; "" for what is none. */
function literalOf(node, side) {
  if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) return node.text && `\`${node.text}\``;
  if (!ts.isLiteralExpression(node)) return "";
  const isBlank = node.kind === ts.SyntaxKind.JsxText && node.text.trim() === "";
  if (!isBlank) return node.getText(side.file);
  // Between tags white space with a line end is layout.
  return /[\n\r]/.test(node.text) ? "" : JSON.stringify(node.text);
}

const isModuleName = (node) => ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent);
const isInType = (node) => ts.isLiteralTypeNode(node.parent);
const isType = (node) => ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node);

/** Names of the outermost functions whose code differs; "" is all code outside of functions. */
function changedPlaces(old, now) {
  const [before, after] = [outer(old), outer(now)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const places = [...names].filter((name) => before.get(name) !== after.get(name));
  if (form(old, false) !== form(now, false)) places.push("");
  return places;
}

function outer(side) {
  const found = new Map();
  const looked = new Set(side.nodes);
  for (const [name, node] of side.functions) if (looked.has(node) && functionAround(node) === null) found.set(name, tokens(node, side, true).join(" "));
  return found;
}

/** A normal form: two scripts with equal ones do the same. Types, imports and layout do not show. */
export function form(side, functions = true) {
  return side.statements.map((statement) => tokens(statement, side, functions).join(" ")).filter((t) => t !== "").join("\n");
}

function isErased(node) {
  if (isType(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isTypeParameterDeclaration(node) || ts.isJSDoc(node)) return true;
  if (ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.DeclareKeyword)) return true;
  if (ts.isHeritageClause(node)) return node.token === ts.SyntaxKind.ImplementsKeyword;
  if (isFunction(node) && node.body === undefined) return true;
  return ts.isModifier(node) && /^(?:public|private|protected|readonly|override|abstract)$/.test(ts.tokenToString(node.kind) ?? "");
}

function tokens(root, side, functions) {
  const found = [];
  const visit = (node) => {
    if (isErased(node)) return;
    if (!functions && isFunction(node)) {
      found.push("function");
      return;
    }
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node) || ts.isTypeAssertionExpression(node) || ts.isParenthesizedExpression(node)) {
      visit(node.expression);
      return;
    }
    let leaf = true;
    found.push(ts.isLiteralExpression(node) || ts.isIdentifier(node) ? "" : `${node.kind}(`);
    if (node.flags & ts.NodeFlags.BlockScoped && ts.isVariableDeclarationList(node)) found.push(String(node.flags & ts.NodeFlags.BlockScoped));
    ts.forEachChild(node, (child) => {
      leaf = false;
      visit(child);
    });
    if (leaf) found.push(node.getText(side.file));
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) found.push(String(node.operator));
    found.push(")");
  };
  visit(root);
  return found;
}

function sentence(what, old, now) {
  const gained = [...now.minus(old).keys()].sort();
  const lost = [...old.minus(now).keys()].sort();
  return gained.length + lost.length === 0 ? `${what}: unchanged.` : `${what}: ${difference(gained, lost)}.`;
}

function difference(gained, lost) {
  return [...(gained.length ? [`added ${some(gained)}`] : []), ...(lost.length ? [`removed ${some(lost)}`] : [])].join(", ");
}

function some(names) {
  const shown = names.slice(0, SHOWN_MAX).map((name) => name.slice(0, 60)).join(", ");
  return names.length > SHOWN_MAX ? `${shown} and ${names.length - SHOWN_MAX} more` : shown;
}
