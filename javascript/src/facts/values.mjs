// What an expression is worth without running anything.
import ts from "typescript";
import { bare, isFunction } from "./source.mjs";

const UNKNOWN = { known: false, value: undefined, plain: false };

const known = (value, plain) => ({ known: true, value, plain });

/** Returns { known, value, plain }; `plain` when it is a literal and no comparison. */
export function constant(node) {
  const at = bare(node);
  if (at === undefined) return UNKNOWN;
  switch (at.kind) {
    case ts.SyntaxKind.TrueKeyword:
      return known(true, true);
    case ts.SyntaxKind.FalseKeyword:
      return known(false, true);
    case ts.SyntaxKind.NullKeyword:
      return known(null, true);
    case ts.SyntaxKind.StringLiteral:
    case ts.SyntaxKind.NoSubstitutionTemplateLiteral:
      return known(at.text, true);
    case ts.SyntaxKind.NumericLiteral:
      return known(Number(at.text), true);
    case ts.SyntaxKind.ArrayLiteralExpression:
    case ts.SyntaxKind.ObjectLiteralExpression:
      return known(true, true);
    case ts.SyntaxKind.VoidExpression:
      return known(undefined, true);
    default:
  }
  if (ts.isIdentifier(at)) {
    if (at.text === "undefined") return known(undefined, true);
    return at.text === "NaN" ? known(Number.NaN, true) : UNKNOWN;
  }
  if (ts.isPrefixUnaryExpression(at)) return unary(at);
  return ts.isBinaryExpression(at) ? binary(at) : UNKNOWN;
}

function unary(node) {
  const inner = constant(node.operand);
  if (!inner.known) return UNKNOWN;
  if (node.operator === ts.SyntaxKind.ExclamationToken) return known(!inner.value, inner.plain);
  if (node.operator === ts.SyntaxKind.MinusToken) return known(-Number(inner.value), inner.plain);
  return UNKNOWN;
}

function binary(node) {
  const operator = node.operatorToken.kind;
  const left = constant(node.left);
  const right = constant(node.right);
  if (operator === ts.SyntaxKind.AmpersandAmpersandToken) {
    if (left.known && !left.value) return left;
    if (right.known && !right.value) return known(false, right.plain);
    return left.known && right.known ? right : UNKNOWN;
  }
  if (operator === ts.SyntaxKind.BarBarToken) {
    if (left.known && left.value) return left;
    if (right.known && right.value && isBoolean(node.right)) return known(true, right.plain);
    return left.known && right.known ? right : UNKNOWN;
  }
  const compare = COMPARISONS.get(operator);
  if (compare === undefined) return UNKNOWN;
  if (isSame(node)) return known(compare(1, 1), false);
  return left.known && right.known ? known(compare(left.value, right.value), false) : UNKNOWN;
}

const isBoolean = (node) => bare(node).kind === ts.SyntaxKind.TrueKeyword;

export const COMPARISONS = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, (a, b) => a === b],
  [ts.SyntaxKind.EqualsEqualsToken, (a, b) => a === b],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, (a, b) => a !== b],
  [ts.SyntaxKind.ExclamationEqualsToken, (a, b) => a !== b],
  [ts.SyntaxKind.LessThanToken, (a, b) => a < b],
  [ts.SyntaxKind.LessThanEqualsToken, (a, b) => a <= b],
  [ts.SyntaxKind.GreaterThanToken, (a, b) => a > b],
  [ts.SyntaxKind.GreaterThanEqualsToken, (a, b) => a >= b],
]);

/** Whether a comparison has the same simple thing on both sides. */
export function isSame(node) {
  const left = bare(node.left);
  const right = bare(node.right);
  return isPath(left) && isPath(right) && left.getText() === right.getText();
}

function isPath(node) {
  return ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && isPath(bare(node.expression)));
}

/** Whether a value was made up: a text, a number, or a container of nothing but such. */
export function isInvented(node) {
  const at = bare(node);
  if (at === undefined) return false;
  if (ts.isStringLiteralLike(at) || ts.isNumericLiteral(at)) return true;
  if (ts.isPrefixUnaryExpression(at)) return isInvented(at.operand);
  if (ts.isArrayLiteralExpression(at)) return at.elements.every(isLiteral);
  if (ts.isObjectLiteralExpression(at)) {
    return at.properties.every((p) => ts.isPropertyAssignment(p) && isLiteral(p.initializer));
  }
  return ts.isNewExpression(at) && (at.arguments ?? []).length === 0;
}

/** Whether a value depends on nothing that the code knows; a container does on what it holds. */
export function isLiteral(node) {
  return isInvented(node) || (!isContainer(bare(node)) && constant(node).known);
}

const isContainer = (node) =>
  node !== undefined && (ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node));

/** Whether calling the function does nothing worth a name. */
export function isTrivialFunction(node) {
  if (!isFunction(node) || node.body === undefined) return false;
  if (!ts.isBlock(node.body)) return isLiteral(node.body);
  return node.body.statements.every(isTrivialStatement);
}

export function isTrivialStatement(node) {
  if (ts.isEmptyStatement(node)) return true;
  if (ts.isReturnStatement(node)) return node.expression === undefined || isLiteral(node.expression);
  if (ts.isThrowStatement(node)) return isNotImplemented(node);
  return ts.isExpressionStatement(node) && (isConsole(node.expression) || isLiteral(node.expression));
}

function isNotImplemented(node) {
  return /not.?(yet.?)?(implemented|supported)|unimplemented|todo|unreachable/i.test(node.getText());
}

/** Whether an expression is a call that only prints. */
export function isConsole(node) {
  const at = bare(node);
  return (
    ts.isCallExpression(at) &&
    ts.isPropertyAccessExpression(at.expression) &&
    ts.isIdentifier(at.expression.expression) &&
    at.expression.expression.text === "console"
  );
}

const PURE = /^(?:Boolean|String|Number|Object(?:\.(?!assign|defineProp|setProto)\w+)?|Symbol|BigInt|Array(?:\.\w+)?|Math\.\w+|JSON\.stringify|structuredClone|isNaN|Number\.\w+)$/;

/** A call whose only effect is its result. */
export function isPure(node) {
  return ts.isCallExpression(node) && PURE.test(node.expression.getText());
}
