// Settings that were loosened, so that a tool says less.
import ts from "typescript";
import { Counter, Side, suffixOf } from "../source.mjs";

const CONFIGS = /(?:^|\/)(?:(?:ts|js)config[\w.-]*\.json|\.?eslint(?:rc)?[\w.-]*|\.eslintignore|package\.json|biome\.jsonc?|\.?oxlintrc[\w.-]*|\.prettierrc[\w.]*)$/;
const STRICTER = /^(?:strict\w*|no(?!Emit|Lib|Resolve|Check|ErrorTruncation)\w+|alwaysStrict|exactOptionalPropertyTypes|useUnknownInCatchVariables|isolatedModules|checkJs|erasableSyntaxOnly|reportUnusedDisableDirectives)$/;
const LOOSER = /^(?:skipLibCheck|skipDefaultLibCheck|allow\w+|suppress\w+|noCheck|ignoreDeprecations|noResolve)$/;
const COVERED = /(?:^|\.)(?:include|files|references)(?:\.|$)/;
const LEFT_OUT = /(?:^|\.)(?:exclude|ignore\w*|globals|overrides|ignorePatterns|paths|types|typeRoots)(?:\.|$)/;
const RANK = new Map([["off", 0], ["0", 0], ["warn", 1], ["1", 1], ["error", 2], ["2", 2]]);
const CHECKS = /(?:^|\.)scripts\.[\w:-]*(?:lint|type|check|test|tsc|verify|ci|prepublish|precommit)/i;

/** Whether a path holds settings of a tool for JavaScript or TypeScript. */
export const isConfig = (path) => CONFIGS.test(path);

/** Yields what a change of settings loosens. */
export function* loosened(path, before, after) {
  if (before === null) {
    if (/eslint|tsconfig|oxlint|biome/.test(path)) yield ["config", "The change brings in settings of a tool."];
    return;
  }
  if (suffixOf(path) !== "") yield* inScript(path, before, after);
  else if (/\.json|rc$/.test(path)) yield* inData(before, after);
  else if (before !== after) yield ["config", "The change alters what a tool leaves out."];
}

function flat(text) {
  const parsed = ts.parseConfigFileTextToJson("settings.json", text);
  const found = new Map();
  const visit = (value, key) => {
    if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        visit(inner, Array.isArray(value) ? `${key}.${JSON.stringify(inner)}` : key ? `${key}.${name}` : name);
      }
    } else found.set(key, value);
  };
  visit(parsed.config ?? {}, "");
  return found;
}

function* inData(before, after) {
  const [old, now] = [flat(before), flat(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    if (was !== is && isLooser(key, was, is)) {
      yield ["config", `The change loosens the setting ${key.slice(0, 80)}.`];
      return;
    }
  }
}

function isLooser(key, was, is) {
  const name = key.split(".").at(-1);
  if (STRICTER.test(name) && (typeof was === "boolean" || typeof is === "boolean")) return is !== true;
  if (LOOSER.test(name)) return is === true || is === "error";
  if (COVERED.test(key)) return is === undefined;
  if (LEFT_OUT.test(key)) return is !== undefined;
  if (CHECKS.test(key)) return true;
  if (/(?:^|\.)rules\./.test(key)) {
    return is === undefined || (RANK.get(String(is)) ?? 2) < (RANK.get(String(was)) ?? 0) || (was === undefined && RANK.get(String(is)) === 0);
  }
  return key.startsWith("eslintConfig") && is === undefined;
}

/** In a configuration that is a script only values can be compared. */
function* inScript(path, before, after) {
  const [old, now] = [levels(new Side(path, before)), levels(new Side(path, after))];
  const [lost, gained] = [old.minus(now), now.minus(old)];
  if (gained.of("off") + gained.of("ignores") + gained.of("warn") > 0 || lost.of("error") + lost.of("spread") > 0) {
    yield ["config", "The change loosens the settings of a tool."];
  }
}

function levels(side) {
  const found = new Counter();
  for (const node of side.nodes) {
    if (ts.isStringLiteralLike(node) && RANK.has(node.text)) found.add(["off", "warn", "error"][RANK.get(node.text)]);
    if (ts.isNumericLiteral(node) && RANK.has(node.text)) found.add(["off", "warn", "error"][RANK.get(node.text)]);
    if (ts.isPropertyAssignment(node) && /^ignore|^globals$/.test(node.name.getText(side.file).replaceAll(/["']/g, ""))) {
      found.add("ignores");
    }
    if (ts.isSpreadElement(node) || (ts.isPropertyAccessExpression(node) && /configs/.test(node.getText(side.file)))) {
      found.add("spread");
    }
  }
  return found;
}
