// Lint: ESLint's own rules, those of typescript-eslint that need no types, and security rules.
//
// ESLint's `Linter` takes a text and a configuration and touches nothing else: it knows no files,
// no configuration of the repository and no plugins but those bundled here. Comments in the text
// configure nothing.
import { Linter } from "eslint/universal";
import ts from "typescript";
import { FlatConfigArray, globals, isReplaced, LEFT_TO_TYPES, security, tseslint } from "./plugins.mjs";
import { outlineOf } from "./outline.mjs";
import { lineStarts, Places } from "./places.mjs";
import { Shortened } from "./shortened.mjs";
import { spared } from "./spared.mjs";
import { believable, known, parse, ROOT, Symbols } from "./symbols.mjs";

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
const GLOBALS = new Set(
  Object.keys({
    ...globals.browser,
    ...globals.node,
    ...globals.worker,
    ...globals.serviceworker,
    ...TEST_GLOBALS,
  }),
);

/** The parser of typescript-eslint, which is given the tree of a text that is parsed already. */
const PARSER = {
  ...tseslint.parser,
  parseForESLint: (text, options) => tseslint.parser.parseForESLint(parsedAs(text) ?? text, options),
};
const linter = new Linter({ configType: "flat", cwd: ROOT });
const configurations = new Map();

/**
 * Lints texts.
 *
 * @param {{files: Record<string, string>, rules: Record<string, unknown[]>,
 *   before?: Record<string, string>}} request texts by path, rules by full name with their options,
 *   and texts from before a change, whose findings count where the change cannot affect them
 * @returns {{findings: object[], planted: boolean, checked: string[], failed: object[]}} `planted`
 *   says that a planted error was found; `failed` holds the files that ESLint could not take
 */
export function lint({ files, rules, before = {} }) {
  const findings = [];
  const checked = [];
  const failed = [];
  for (const [path, text] of Object.entries(files)) {
    try {
      const partly = Object.hasOwn(before, path) ? inParts(path, before[path], text, rules) : null;
      findings.push(...(partly ?? lintText(path, text, rules)));
      checked.push(path);
    } catch (error) {
      failed.push({ path, why: String(error).slice(0, 200) });
    }
  }
  const planted = messages(PLANTED.path, PLANTED.text, { [PLANTED.rule]: [] });
  const found = planted.length === 1 && planted[0].rule === PLANTED.rule;
  return { findings, checked, failed, planted: found };
}

const ANSWERS_MAX = 4;
const answers = new Map();

/** Lints a whole text; one that was linted a moment ago, in whole files too, is not linted again. */
function lintText(path, whole, rules) {
  const key = JSON.stringify([path, whole, rules]);
  const found = answers.get(key) ?? written(path, whole, messages(path, whole, rules));
  answers.delete(key);
  answers.set(key, found);
  if (answers.size > ANSWERS_MAX) answers.delete(answers.keys().next().value);
  return found;
}

/**
 * @param {string} whole text of a file
 * @param {string} kind text that says how the file is loaded, when it is not the same
 * @returns {object[]} what ESLint says, with offsets in the text
 */
export function messages(path, whole, rules, kind = whole) {
  // ESLint takes a mark at the beginning away and counts without it.
  const shift = whole.startsWith("\ufeff") ? 1 : 0;
  const text = whole.slice(shift);
  linted = { path, text };
  // No rule here asks for more than the ending.
  const filename = `${ROOT}/file${/(?:\.d)?\.[^./]*$/.exec(path)?.[0] ?? ".js"}`;
  const made = configuration(path, kind, rules, spared(text));
  declare(made.getConfig(filename), text);
  const said = linter.verify(text, made, { filename });
  const told = said.filter(({ fatal, ruleId }) => fatal || ruleId);
  if (told.length < said.filter(({ message }) => !INLINE.test(message)).length) {
    throw new Error(said.map(({ message }) => message).join(" "));
  }
  if (told.some(({ fatal, message }) => fatal && /call stack|stack space/.test(message))) {
    throw new RangeError(told[0].message);
  }
  if (told.length === 0) return [];
  const starts = lineStarts(text);
  const offsetAt = (line, column) => (starts[line - 1] ?? text.length) + column - 1 + shift;
  return believable(told).map((message) => {
    const start = offsetAt(message.line ?? 1, message.column ?? 1);
    const end =
      message.endLine === undefined ? start : offsetAt(message.endLine, message.endColumn ?? 1);
    const rule = message.fatal ? "syntax" : message.ruleId;
    return { rule, message: message.message, start, end, fix: fixOf(message, shift) };
  });
}

const declared = new WeakMap();

/**
 * Lets a configuration know the globals that a text may refer to: a thousand others would be declared,
 * and looked at by rules, for nothing.
 */
function declare(config, text) {
  const all = text.includes("\\u");
  const names = all ? GLOBALS : new Set(text.match(/[A-Za-z_$][\w$]*/g)).intersection(GLOBALS);
  const known = [...names].sort();
  // ESLint prepares options once, so those of the last text are kept where they are the same.
  if (declared.get(config) === known.join()) return;
  declared.set(config, known.join());
  const globals = Object.fromEntries(known.map((name) => [name, "readonly"]));
  config.languageOptions = { ...config.languageOptions, globals };
}

let linted = null;

function parsedAs(text) {
  return linted?.text === text ? known(linted.path, text) : undefined;
}

function fixOf(message, shift) {
  const suggestion = message.suggestions?.[0];
  const fix = message.fix ?? suggestion?.fix;
  if (!fix) return null;
  return {
    safe: message.fix !== undefined,
    message: message.fix === undefined ? suggestion.desc : "",
    start: fix.range[0] + shift,
    end: fix.range[1] + shift,
    text: fix.text,
  };
}

/** @returns {object[]} findings as they are told, with lines and columns */
export function written(path, whole, found) {
  if (found.length === 0) return [];
  const places = new Places(whole);
  let symbols = null;
  const around = (start) => (symbols ??= new Symbols(parse(path, whole))).at(start);
  return found.map(({ rule, message, start, end, fix, symbol }) => ({
    path,
    rule,
    message,
    span: places.span(start, end),
    symbol: symbol ?? around(start),
    ...(fix === null ? {} : { fix: fixed(fix, places) }),
  }));
}

function fixed({ safe, message, start, end, text }, places) {
  return { safe, message, span: places.span(start, end), text };
}

function configuration(path, text, rules, without) {
  const typed = TYPESCRIPT.test(path);
  const kind = DECLARATIONS.test(path) ? "declarations" : typed ? "typescript" : "javascript";
  const sourceType = typed || isModule(path, text) ? "module" : "commonjs";
  const key = JSON.stringify([kind, sourceType, /x$/.test(path), rules, without]);
  let made = configurations.get(key);
  if (made === undefined) {
    if (configurations.size > 64) configurations.clear();
    const kept = chosen(kind, rules);
    for (const name of without) delete kept[name];
    // Made ready once; an array of plain objects would be validated with every text.
    made = new FlatConfigArray(
      {
        files: ["**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}"],
        plugins: { "@typescript-eslint": tseslint.plugin, security },
        languageOptions: {
          ...(typed ? { parser: PARSER } : {}),
          ecmaVersion: "latest",
          sourceType,
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

const UNUSED = new Set(["no-unused-vars", `${PREFIX}no-unused-vars`]);
const MEMBERS = new Set([
  "no-unused-private-class-members",
  `${PREFIX}no-unused-private-class-members`,
]);
const BASES_MAX = 4;
/** A text of which more is left is linted as a whole, which answers the last question about it too. */
const SHORT_SHARE_MAX = 0.6;
const bases = new Map();

/**
 * Lints a changed file with the functions left short that are as they were.
 *
 * What such functions were found to hold is taken from before; names that they use are kept, so that
 * what is said about the rest stays the same. Where that does not hold for the text before, or more
 * than bodies of functions has changed, there is no answer.
 *
 * @returns {object[] | null} findings
 */
function inParts(path, before, after, rules) {
  const base = baseOf(path, before, rules);
  const now = base === null ? null : outlined(path, after);
  const places = now === null ? null : base.outline.differing(now);
  if (places === null || places.length === now.places.length) return null;
  const change = changeOf(base, places, (n) => isDivisible(path, base, n, rules));
  const short = base.short.script(change, now);
  if (short.text.length > SHORT_SHARE_MAX * after.length) return null;
  const fresh = shortMessages(path, short, rules, after);
  if (fresh.some(({ rule }) => rule === "syntax")) return null;
  const mine = fresh.filter((found) => !isFrom(placed(found, now), base, change));
  const shifts = now.shifts(base.outline);
  const kept = base.found.filter((found) => isFrom(found, base, change));
  const moved = kept.map((found) => {
    const by = shifts[found.bodies];
    const fix = found.fix && { ...found.fix, start: found.fix.start + by, end: found.fix.end + by };
    return { ...found, start: found.start + by, end: found.end + by, fix };
  });
  return written(path, after, [...moved, ...mine].sort((a, b) => a.start - b.start));
}

/**
 * @typedef {object} Base a text from before
 * @property {Outline} outline
 * @property {Shortened} short
 * @property {object[]} found what is found in it, and where that lies in the outline
 * @property {Map<number, boolean>} divisible statements that were tried
 */

/** @returns {Base | null} null where it cannot be taken apart */
function baseOf(path, text, rules) {
  const key = JSON.stringify([path, text, rules]);
  let made = bases.get(key);
  if (made === undefined) {
    const outline = outlined(path, text);
    made = null;
    if (outline !== null) {
      const short = new Shortened(outline, TYPESCRIPT.test(path));
      const symbols = new Symbols(outline.source);
      const found = messages(path, text, rules).map((one) => ({
        ...placed(one, outline),
        symbol: symbols.at(one.start),
      }));
      const base = { outline, short, found, divisible: new Map() };
      if (saysTheSame(path, base, changeOf(base, [], () => true), rules)) made = base;
    }
    if (bases.size >= BASES_MAX) bases.delete(bases.keys().next().value);
    bases.set(key, made);
  }
  return made;
}

/** Whether the text from before is said to be what it is when it is shortened as for a change. */
function saysTheSame(path, base, change, rules) {
  const { outline, short, found } = base;
  const left = shortMessages(path, short.script(change, outline), rules, outline.source.text);
  const told = (all) =>
    JSON.stringify(
      all
        .filter((one) => !isFrom(one, base, change))
        .map(({ rule, message, start, end }) => [start, end, rule, message])
        .sort(),
    );
  return told(found) === told(left.map((one) => placed(one, outline)));
}

/**
 * Whether functions of a statement can be shortened while it is left standing.
 *
 * What was tried with the text as a whole need not be tried again, and of a class that stood for its
 * name there, and of constants that were left out, it is tried with all of their functions.
 */
function isDivisible(path, base, statement, rules) {
  if (!base.short.isStub(statement)) return true;
  const node = base.outline.source.statements[statement];
  if (!ts.isClassDeclaration(node) && !ts.isVariableStatement(node)) return false;
  let said = base.divisible.get(statement);
  if (said === undefined) {
    const change = { places: new Set(), statements: new Set([statement]), whole: new Set() };
    said = saysTheSame(path, base, change, rules);
    base.divisible.set(statement, said);
  }
  return said;
}

/** @returns {import("./shortened.mjs").Change} what a change of these functions leaves standing */
function changeOf(base, places, isDivisible) {
  const statements = new Set(places.map((n) => base.outline.places[n].statement));
  const whole = new Set([...statements].filter((n) => !isDivisible(n)));
  return { places: new Set(places), statements, whole };
}

/** @returns {object[]} what ESLint says about a shortened text, with offsets in the whole one */
function shortMessages(path, short, rules, kind) {
  const whole = (item) => ({ ...item, start: short.origin(item.start), end: short.origin(item.end) });
  return messages(path, short.text, rules, kind).map((found) => ({
    ...whole(found),
    fix: found.fix && whole(found.fix),
  }));
}

function outlined(path, text) {
  const source = parse(path, text);
  return source.parseDiagnostics.length > 0 || text.startsWith("\ufeff") ? null : outlineOf(source);
}

/** @returns {object} a finding with where it lies in an outline */
function placed(found, outline) {
  const { start } = found;
  const statement = outline.statementAt(start);
  const { name = undefined } = outline.source.statements[statement] ?? {};
  const place = outline.around(start);
  return {
    ...found,
    statement,
    place,
    bodies: outline.bodiesBefore(start),
    names: isWithin(start, name),
    namesMember: isWithin(start, outline.places[place]?.node.name),
  };
}

function isWithin(offset, name) {
  return name !== undefined && name.getStart() <= offset && offset < name.end;
}

/** Whether a placed finding belongs to code that is as it was and that is left short. */
function isFrom({ rule, statement, place, names, namesMember }, { short }, change) {
  if (change.whole.has(statement)) return false;
  if (statement >= 0 && short.isStub(statement) && !change.statements.has(statement)) {
    return !(UNUSED.has(rule) && names);
  }
  // Whether a member is used is seen in the others too.
  return place >= 0 && !change.places.has(place) && !(MEMBERS.has(rule) && namesMember);
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
