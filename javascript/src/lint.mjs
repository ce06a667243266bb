// Lint: ESLint's own rules, those of typescript-eslint that need no types, and security rules.
//
// ESLint's `Linter` takes a text and a configuration and touches nothing else: it knows no files,
// no configuration of the repository and no plugins but those bundled here. Comments in the text
// configure nothing.
import { Linter } from "eslint/universal";
import ts from "typescript";
import { FlatConfigArray, globals, isReplaced, LEFT_TO_TYPES, security, tseslint } from "./plugins.mjs";
import { lineStarts, Places } from "./places.mjs";
import { believable, parse, Symbols } from "./symbols.mjs";

const TYPESCRIPT = /\.[cm]?tsx?$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;
const PREFIX = "@typescript-eslint/";
/** What ESLint says about comments that would configure it if they were heeded. */
const INLINE = /'noInlineConfig'/;
const PLANTED = { path: "planted.js", text: "debugger;\n", rule: "no-debugger" };

/** The only rule without types that asks the parser what a node was before it became ESLint's. */
const READS_NODE_MAPS = `${PREFIX}consistent-type-assertions`;

// In declarations nothing is used and nothing runs.
const NOT_IN_DECLARATIONS = new Set([`${PREFIX}no-unused-vars`, "no-var", "prefer-const"]);

const TEST_GLOBALS = { ...globals.jest, ...globals.mocha, ...globals.vitest, ...globals.jasmine };
const GLOBALS = Object.fromEntries(
  Object.keys({
    ...globals.browser,
    ...globals.node,
    ...globals.worker,
    ...globals.serviceworker,
    ...TEST_GLOBALS,
  }).map((name) => [name, "readonly"]),
);

const ROOT = "/project";
const linter = new Linter({ configType: "flat", cwd: ROOT });
const configurations = new Map();

/**
 * Lints texts.
 *
 * @param {{files: Record<string, string>, rules: Record<string, unknown[]>}} request texts by path,
 *   and rules by full name with their options
 * @returns {{findings: object[], planted: boolean, checked: string[], failed: object[]}} `planted`
 *   says that a planted error was found; `failed` holds the files that ESLint could not take
 */
export function lint({ files, rules }) {
  const findings = [];
  const checked = [];
  const failed = [];
  for (const [path, text] of Object.entries(files)) {
    try {
      findings.push(...lintText(path, text, rules));
      checked.push(path);
    } catch (error) {
      failed.push({ path, why: String(error).slice(0, 200) });
    }
  }
  const planted = lintText(PLANTED.path, PLANTED.text, { [PLANTED.rule]: [] });
  const found = planted.length === 1 && planted[0].rule === PLANTED.rule;
  return { findings, checked, failed, planted: found };
}

function lintText(path, whole, rules) {
  // ESLint takes a mark at the beginning away and counts without it.
  const shift = whole.startsWith("\ufeff") ? 1 : 0;
  const text = whole.slice(shift);
  const messages = linter.verify(text, configuration(path, text, rules), {
    // No rule here asks for more than the ending.
    filename: `${ROOT}/file${/(?:\.d)?\.[^./]*$/.exec(path)?.[0] ?? ".js"}`,
  });
  const told = messages.filter(({ fatal, ruleId }) => fatal || ruleId);
  if (told.length < messages.filter(({ message }) => !INLINE.test(message)).length) {
    throw new Error(messages.map(({ message }) => message).join(" "));
  }
  if (told.some(({ fatal, message }) => fatal && /call stack/.test(message))) {
    throw new RangeError(told[0].message);
  }
  if (told.length === 0) return [];
  const places = new Places(whole);
  const starts = lineStarts(text);
  const symbols = new Symbols(parse(path, whole));
  const offsetAt = (line, column) => (starts[line - 1] ?? text.length) + column - 1 + shift;
  return believable(told).map((message) => {
    const start = offsetAt(message.line ?? 1, message.column ?? 1);
    const end =
      message.endLine === undefined ? start : offsetAt(message.endLine, message.endColumn ?? 1);
    return {
      path,
      rule: message.fatal ? "syntax" : message.ruleId,
      message: message.message,
      span: places.span(start, end),
      symbol: symbols.at(start),
      ...fixOf(message, places, shift),
    };
  });
}

function fixOf(message, places, shift) {
  const suggestion = message.suggestions?.[0];
  const fix = message.fix ?? suggestion?.fix;
  if (!fix) return {};
  return {
    fix: {
      safe: message.fix !== undefined,
      message: message.fix === undefined ? suggestion.desc : "",
      span: places.span(fix.range[0] + shift, fix.range[1] + shift),
      text: fix.text,
    },
  };
}

function configuration(path, text, rules) {
  const typed = TYPESCRIPT.test(path);
  const kind = DECLARATIONS.test(path) ? "declarations" : typed ? "typescript" : "javascript";
  const sourceType = typed || isModule(path, text) ? "module" : "commonjs";
  const key = JSON.stringify([kind, sourceType, /x$/.test(path), rules]);
  let made = configurations.get(key);
  if (made === undefined) {
    if (configurations.size > 64) configurations.clear();
    const kept = chosen(kind, rules);
    // Made ready once; an array of plain objects would be validated with every text.
    made = new FlatConfigArray(
      {
        files: ["**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}"],
        plugins: { "@typescript-eslint": tseslint.plugin, security },
        languageOptions: {
          ...(typed ? { parser: tseslint.parser } : {}),
          ecmaVersion: "latest",
          sourceType,
          globals: GLOBALS,
          parserOptions: {
            ecmaFeatures: { jsx: !typed || path.endsWith("x") },
            ...(typed ? { preserveNodeMaps: Object.hasOwn(kept, READS_NODE_MAPS) } : {}),
          },
        },
        linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" },
        rules: kept,
      },
      { basePath: ROOT },
    ).normalizeSync();
    configurations.set(key, made);
  }
  return made;
}

/** Takes away the rules that have nothing to say about this kind of file. */
function chosen(kind, rules) {
  const kept = {};
  for (const [name, options] of Object.entries(rules)) {
    const level = ["error", ...options];
    if (kind === "javascript") {
      if (!name.startsWith(PREFIX)) kept[name] = level;
    } else if (isReplaced(name)) {
      kept[`${PREFIX}${name}`] ??= level;
    } else if (!LEFT_TO_TYPES.has(name)) {
      kept[name] = level;
    }
  }
  if (kind === "declarations") for (const name of NOT_IN_DECLARATIONS) delete kept[name];
  return kept;
}

/** A file that says how it is loaded is a module; others may do what modules may not. */
function isModule(path, text) {
  if (path.endsWith(".mjs")) return true;
  if (path.endsWith(".cjs")) return false;
  if (!/\b(?:import|export|await)\b/.test(text)) return false;
  return ts.isExternalModule(parse(path, text));
}
