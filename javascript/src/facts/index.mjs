// Facts about changed scripts, from their syntax alone: what was broken, dodged, and left the same.
//
// A question holds `files`, each with a path, its text before (null when it is new) and after, and
// the rule that the change is meant to repair. An answer holds as much for each file, in order.
import { answers } from "./dodges/answers.mjs";
import { isConfig, loosened } from "./dodges/config.mjs";
import { flow } from "./dodges/flow.mjs";
import { removal } from "./dodges/removal.mjs";
import { rules } from "./dodges/rules.mjs";
import { silence, types } from "./dodges/silence.mjs";
import { uses } from "./dodges/uses.mjs";
import { assess } from "./risk.mjs";
import { changedParts, isTyped, sideOf, suffixOf } from "./source.mjs";
import { broken, importLines, imported } from "./surface.mjs";
import { steps } from "./words.mjs";

const DEPTH_MAX = 200;

export function facts({ files = [], tool = "", rule = "", request = false }) {
  return { files: files.map((file) => one({ ...file, tool, rule, request })) };
}

function one({ path, before, after, tool, rule, request }) {
  const answer = {
    path,
    intake: [],
    dodges: [],
    broken: [],
    imports: [],
    importLines: { before: [], after: [] },
    symbols: { before: [], after: [] },
    comparable: false,
    same: false,
    steps: null,
    tier: "D",
    evidence: [],
  };
  if (isConfig(path)) answer.dodges.push(...unique(loosened(path, before, after)));
  if (suffixOf(path) === "") return answer;
  const old = sideOf(path, before ?? "");
  const now = sideOf(path, after);
  answer.intake.push(...intake(old, now, before === null));
  if (answer.intake.length > 0 || old.errors.length > 0 || now.errors.length > 0) return answer;
  const [was, is] = changedParts(old, now);
  const ctx = { path, old: was, now: is, tool, rule, request, typed: isTyped(path), isNew: before === null };
  answer.comparable = true;
  answer.dodges.push(...unique(dodges(ctx)));
  const known = imported(old);
  answer.imports = [...imported(is)].filter((name) => !known.has(name));
  answer.importLines = { before: importLines(old), after: importLines(now) };
  answer.symbols = { before: symbols(old), after: symbols(now) };
  if (before === null) return { ...answer, tier: "C" };
  if (!request) answer.steps = steps(old, now);
  answer.broken = [...broken(old, now)];
  return { ...answer, ...assess(was, is) };
}

function* dodges(ctx) {
  yield* silence(ctx);
  if (!ctx.request) yield* types(ctx);
  yield* flow(ctx);
  yield* removal(ctx);
  yield* uses(ctx);
  yield* rules(ctx);
  yield* answers(ctx);
}

/** At most one statement for each kind. */
function unique(found) {
  const first = new Map();
  for (const [kind, message] of found) if (!first.has(kind)) first.set(kind, { code: `dodge:${kind}`, message });
  return [...first.values()];
}

function intake(old, now, isNew) {
  if (now.errors.length > 0 && (isNew || old.errors.length === 0)) {
    return [{ code: "intake:syntax", message: `The file would no longer parse: ${now.errors[0].slice(0, 120)}` }];
  }
  const found = [];
  const deep = depth(now.file);
  if (deep > DEPTH_MAX && (isNew || deep > depth(old.file))) {
    found.push({ code: "intake:nesting", message: `The code is nested deeper than ${DEPTH_MAX} levels.` });
  }
  const foreign = (side) => (NOT_ASCII.test(side.text) ? [...side.words.keys()].filter((word) => NOT_ASCII.test(word)) : []);
  const known = new Set(foreign(old));
  const names = foreign(now).filter((word) => !known.has(word));
  if (names.length > 0) {
    const shown = names.slice(0, 3).map((name) => JSON.stringify(name).replace(/[^\x00-\x7f]/g, escape)).join(", ");
    found.push({ code: "intake:identifiers", message: `Names hold characters outside ASCII (${shown}).` });
  }
  return found;
}

const NOT_ASCII = /[^\x00-\x7f]/;
const escape = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

function depth(root) {
  let level = [root];
  let levels = 0;
  while (level.length > 0) {
    levels += 1;
    const next = [];
    for (const node of level) node.forEachChild((child) => void next.push(child));
    level = next;
  }
  return levels;
}

/** Functions and classes with the lines that they span, from 1, outer ones first. */
function symbols(side) {
  return [...side.symbols].map(([name, node]) => [
    name,
    side.line(node.getStart(side.file)) + 1,
    side.line(node.getEnd()) + 1,
  ]);
}
