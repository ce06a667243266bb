// Types: the compiler's own errors, on texts that only this process knows.
//
// The compiler is given a host that answers from memory. A candidate lies over the project's texts
// for one question and is gone afterwards; a text of null means that the file is deleted.
import ts from "typescript";
import { Places } from "./places.mjs";
import { compilerOptions } from "./options.mjs";
import { declarations } from "./declarations.mjs";
import { foldersOf } from "./folders.mjs";
import { heads } from "./heads.mjs";
import { believable, known, ROOT, scriptKind, Symbols } from "./symbols.mjs";
import { isNoise, Missing } from "./missing.mjs";
import { outlineOf } from "./outline.mjs";

const LIBRARY = "/library";
const PLANTED = "/planted/planted.ts";
const TYPESCRIPT = /\.[cm]?tsx?$/;
const JAVASCRIPT = /\.[cm]?jsx?$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;
/** Declarations that reach files which do not import them. */
const EVERYWHERE = /\bdeclare\s+(?:global|module)\b|\/\/\/\s*</;
const CODES_PLANTED = [2322];
const DEPTH_MAX = 500;
const PARSED_MAX = 8;

let service = null;

/**
 * Checks files.
 *
 * @param {{paths: string[], overlay?: Record<string, string | null>, quick?: boolean}} request what to
 *   check, texts that lie over the project's for this question, and whether findings in the parts
 *   of a file that a change leaves as they were may be those of the project as it is
 * @param {import("./project.mjs").Project} project texts, settings and libraries
 * @returns {{findings: object[], planted: boolean, checked: string[], failed: object[]}} `planted`
 *   says that a planted error was found, `checked` which of the paths the compiler looked at;
 *   `failed` holds those that it could not take
 */
export function types({ paths, overlay = {}, quick = false }, project) {
  service ??= new Service(project);
  const over = new Map(Object.entries(overlay));
  return (quick ? service.checkParts(paths, over) : null) ?? service.checkOnce(paths, over);
}

class Service {
  constructor(project) {
    this.project = project;
    this.overlay = new Map();
    this.questions = 0;
    this.changed = 0;
    this.generation = -1;
    this.invalidated = false;
    /** @type {Map<string, object[]>} findings in the project as it is, by path */
    this.known = new Map();
    /** @type {Map<string, object>} files of the project as it is, taken apart */
    this.outlines = new Map();
    /** @type {Map<string, string | null>} what the project's files say to others, by syntax */
    this.heads = new Map();
    /** @type {Map<string, string | null>} what they declare to others, types inferred */
    this.shapes = new Map();
    /** @type {WeakSet<ts.SourceFile>} files that stand empty for a text that cannot be parsed */
    this.broken = new WeakSet();
    /** @type {WeakSet<ts.SourceFile>} parsed files that were looked at; the compiler asks again */
    this.sound = new WeakSet();
    /** @type {Map<string, {text: string, version: string}>} texts that lay over files last, by path */
    this.overlaid = new Map();
    /** @type {Map<string, ts.SourceFile>} parsed texts of changed files, by name and version */
    this.parsed = new Map();
    /** @type {WeakMap<ts.SourceFile, number>} the generation of the project that a shared tree is of */
    this.shared = new WeakMap();
    /** @type {{question: string, answer: object} | null} the last answer about whole files */
    this.last = null;
    const registry = ts.createDocumentRegistry(true, ROOT);
    for (const name of Object.keys(registry)) {
      if (/^(acquire|update)Document/.test(name)) {
        registry[name] = this.#guarded(registry[name], name.startsWith("update"));
      }
    }
    this.language = ts.createLanguageService(this.#host(), registry);
  }

  /** As `check`; what was asked last is not worked out again, since a new checker said it then. */
  checkOnce(paths, overlay) {
    const question = JSON.stringify([this.project.generation, paths, [...overlay]]);
    if (this.last?.question === question) return this.last.answer;
    const answer = this.check(paths, overlay);
    this.last = answer.planted && answer.failed.length === 0 ? { question, answer } : null;
    return answer;
  }

  check(paths, overlay) {
    const findings = [];
    const checked = [];
    const failed = [];
    this.#take(new Map());
    const untouched = this.#untouched(paths, overlay);
    this.#take(overlay);
    try {
      const same = untouched.length > 0 && this.#looksTheSame(overlay);
      let program = this.#program();
      for (const path of [...paths].sort()) {
        if (same && untouched.includes(path)) {
          findings.push(...this.known.get(path));
          checked.push(path);
          continue;
        }
        const source = program.getSourceFile(`${ROOT}/${path}`);
        if (source === undefined) continue;
        try {
          if (this.broken.has(source)) throw new RangeError("nested too deeply");
          const found = this.#findings(program, path);
          findings.push(...found);
          checked.push(path);
          if (overlay.size === 0) this.known.set(path, found);
        } catch (error) {
          failed.push({ path, why: String(error).slice(0, 200) });
          // A checker that was interrupted knows half of what it should.
          this.questions += 1;
          program = this.#program();
        }
      }
      const planted = this.#diagnostics(program, PLANTED).map(({ code }) => code);
      return { findings, checked, failed, planted: planted.join() === CODES_PLANTED.join() };
    } finally {
      this.#take(new Map());
    }
  }

  /**
   * Checks the parts of changed files that hold what changed, where the rest cannot be affected.
   *
   * @returns {object | null} an answer as of `check`, null when the change reaches further
   */
  checkParts(paths, overlay) {
    this.#take(new Map());
    try {
      const bases = this.#outlined(overlay);
      if (bases === null) return null;
      const others = paths.filter((path) => !overlay.has(path) && this.project.files.has(path));
      const unknown = others.filter((path) => !this.known.has(path));
      if (unknown.length > 0) this.check(unknown, new Map());
      this.#take(overlay);
      const program = this.#program();
      const found = new Map(others.map((path) => [path, this.known.get(path) ?? null]));
      for (const [path, base] of bases) found.set(path, this.#partly(program, path, base));
      if ([...found.values()].includes(null)) return null;
      const checked = [...paths].sort().filter((path) => found.has(path));
      const planted = this.#diagnostics(program, PLANTED).map(({ code }) => code);
      return {
        findings: checked.flatMap((path) => found.get(path)),
        checked,
        failed: [],
        planted: planted.join() === CODES_PLANTED.join(),
      };
    } catch {
      // What cannot be taken apart is asked as a whole, and trouble is told there.
      return null;
    } finally {
      this.#take(new Map());
    }
  }

  /** @returns {Map<string, object> | null} the project's own files below an overlay, taken apart */
  #outlined(overlay) {
    const { files } = this.project;
    const fits = ([path, text]) =>
      text !== null && files.has(path) && TYPESCRIPT.test(path) && !DECLARATIONS.test(path);
    const { noUnusedLocals, noUnusedParameters } = this.options;
    if (noUnusedLocals || noUnusedParameters || ![...overlay].every(fits)) return null;
    for (const path of overlay.keys()) {
      if (this.outlines.has(path)) continue;
      this.outlines.set(path, null); // in case that it cannot be taken apart
      const program = this.#program();
      const source = this.#wholeSource(program, path);
      if (source === null) continue;
      const found = this.#found(program, source);
      const outline = outlineOf(source);
      const checker = program.getTypeChecker();
      const says = outline.places.map((place) => place.says(checker));
      this.outlines.set(path, { outline, found, says });
    }
    const all = new Map([...overlay.keys()].map((path) => [path, this.outlines.get(path)]));
    return [...all.values()].includes(null) ? null : all;
  }

  /** @returns {object[] | null} findings in a changed file, null when it reaches further */
  #partly(program, path, { outline, found, says }) {
    const source = this.#wholeSource(program, path);
    if (source === null) return null;
    const now = outlineOf(source);
    const changed = outline.changed(now);
    if (changed === null) return null;
    const parts = new Map(changed.map((n) => [now.places[n].part, outline.places[n].part]));
    const among = (nodes, at) => [...nodes].some(({ pos, end }) => pos <= at && at < end);
    const fresh = this.#found(program, source, [...parts.keys()]).filter(({ start }) =>
      among(parts.keys(), start),
    );
    const checker = program.getTypeChecker();
    if (changed.some((n) => says[n] === null || says[n] !== now.places[n].says(checker))) return null;
    const shifts = now.shifts(outline);
    const old = found
      .filter(({ start }) => !among(parts.values(), start))
      .map((item) => ({ ...item, start: item.start + shifts[outline.bodiesBefore(item.start)] }));
    return this.#written(source, path, [...old, ...fresh].sort((a, b) => a.start - b.start));
  }

  /** @returns {ts.SourceFile | null} a file that parses without an error */
  #wholeSource(program, path) {
    const source = program.getSourceFile(`${ROOT}/${path}`);
    const whole = source !== undefined && !this.broken.has(source);
    return whole && source.parseDiagnostics.length === 0 ? source : null;
  }

  /** Returns the paths whose texts stay, if all that they may depend on can be compared. */
  #untouched(paths, overlay) {
    const { files } = this.project;
    const known = paths.filter((path) => !overlay.has(path) && this.known.has(path));
    const stays = ([path, text]) => text !== null && files.has(path) && !DECLARATIONS.test(path);
    if (known.length === 0 || ![...overlay].every(stays)) return [];
    const all = [...overlay].flatMap(([path, text]) => [text, files.get(path)]);
    if (all.some((text) => EVERYWHERE.test(text))) return [];
    // What the base looks like is asked before the candidate lies over it.
    for (const path of overlay.keys()) {
      if (!this.heads.has(path)) this.heads.set(path, this.#heads(path));
    }
    return known;
  }

  /** Whether every changed file declares to others exactly what it did. */
  #looksTheSame(overlay) {
    const others = [...overlay.keys()].filter((path) => {
      const before = this.heads.get(path);
      return before === null || before !== this.#heads(path);
    });
    const unknown = others.filter((path) => !this.shapes.has(path));
    if (unknown.length > 0) {
      this.#take(new Map());
      for (const path of unknown) this.shapes.set(path, this.#shape(path));
      this.#take(overlay);
    }
    return others.every((path) => {
      const before = this.shapes.get(path);
      return before !== null && before === this.#shape(path);
    });
  }

  /** @returns {string | null} what a file says to others, null when its syntax does not tell */
  #heads(path) {
    const source = this.#program().getSourceFile(`${ROOT}/${path}`);
    const tells = TYPESCRIPT.test(path) && source !== undefined && !this.broken.has(source);
    return tells && source.parseDiagnostics.length === 0 ? heads(source) : null;
  }

  /** @returns {string | null} what a file declares to others, null when it cannot be said */
  #shape(path) {
    try {
      const name = `${ROOT}/${path}`;
      // It always says that nothing is emitted, because nothing ever is.
      const { outputFiles } = this.language.getEmitOutput(name, true, true);
      if (outputFiles.length !== 1) return null;
      const imports = this.language.getProgram().getSourceFile(name).imports.map(({ text }) => text);
      return JSON.stringify([outputFiles[0].text, imports]);
    } catch {
      return null;
    }
  }

  #program() {
    const program = this.language.getProgram();
    this.invalidated = false;
    return program;
  }

  #take(overlay) {
    if (this.generation !== this.project.generation) {
      this.generation = this.project.generation;
      this.options = compilerOptions(this.project.options, [...this.project.files.keys()]);
      this.folders = foldersOf([...this.project.files.keys(), ...this.project.libraries.keys()]);
      this.roots = [...this.project.files.keys()].filter((path) => this.#isRoot(path)).sort();
      this.invalidated = true;
      this.known.clear();
      this.outlines.clear();
      this.heads.clear();
      this.shapes.clear();
      this.overlaid.clear();
      this.parsed.clear();
    }
    const before = this.overlay;
    // A file that appears or goes away may change what any import means.
    const exists = (path, over) =>
      over.has(path) ? over.get(path) !== null : this.project.files.has(path);
    for (const path of [...before.keys(), ...overlay.keys()]) {
      if (exists(path, before) !== exists(path, overlay)) this.invalidated = true;
    }
    this.overlay = overlay;
    for (const [path, text] of overlay) {
      if (this.overlaid.get(path)?.text === text) continue;
      this.changed += 1;
      this.overlaid.delete(path);
      this.overlaid.set(path, { text, version: `o${this.changed}` });
    }
    // Each question gets a checker of its own, so that no answer depends on an earlier one.
    this.questions += 1;
  }

  /** Wraps a maker of parsed files: comments silence nothing, and no text breaks the others. */
  #guarded(make, again) {
    return (...given) => {
      const version = given[given.findIndex(isSnapshot) + 1];
      const kept = again ? this.parsed.get(`${given[0]}\0${version}`) : undefined;
      if (kept !== undefined) return kept;
      let source = again ? this.#parsedFor(given) : null;
      try {
        source ??= make(...given);
      } catch {
        // Parsed anew below.
      }
      if (this.sound.has(source) || this.broken.has(source)) return source;
      if (source === null || isTooDeep(source)) {
        const at = given.findIndex(isSnapshot);
        given[at] = ts.ScriptSnapshot.fromString("");
        given[at + 1] += "-broken";
        source = make(...given);
        this.broken.add(source);
      } else {
        this.sound.add(source);
      }
      source.commentDirectives = undefined;
      source.checkJsDirective = undefined;
      if (this.sound.has(source)) this.#keep(`${given[0]}\0${version}`, source);
      return source;
    };
  }

  /**
   * Takes the tree of a changed file that was made for another question about the same text.
   *
   * @returns {ts.SourceFile | null} null where the compiler would parse the text otherwise: not
   *   surely as a module, or by the names of an old language
   */
  #parsedFor(given) {
    const [name] = given;
    const path = name.slice(ROOT.length + 1);
    const at = given.findIndex(isSnapshot);
    const { languageVersion, impliedNodeFormat, setExternalModuleIndicator } = given.at(-1) ?? {};
    if (!this.overlaid.has(path) || DECLARATIONS.test(path) || setExternalModuleIndicator === undefined) return null;
    const snapshot = given[at];
    const tree = known(path, snapshot.getText(0, snapshot.getLength()));
    const fits = tree?.externalModuleIndicator !== undefined && tree.parseDiagnostics.length === 0;
    if (!fits || languageVersion < ts.ScriptTarget.ES2015) return null;
    if ((this.shared.get(tree) ?? this.generation) !== this.generation) return null;
    this.shared.set(tree, this.generation);
    const version = given[at + 1];
    return Object.assign(tree, {
      languageVersion, impliedNodeFormat, setExternalModuleIndicator, version, scriptSnapshot: snapshot,
    });
  }

  /** Keeps a parsed text of a file that candidates change: it is asked for again and again. */
  #keep(key, source) {
    if (!this.overlaid.has(source.fileName.slice(ROOT.length + 1))) return;
    if (this.parsed.size >= PARSED_MAX) this.parsed.delete(this.parsed.keys().next().value);
    this.parsed.set(key, source);
  }

  #isRoot(path) {
    return TYPESCRIPT.test(path) || (this.options.allowJs === true && JAVASCRIPT.test(path));
  }

  #text(name) {
    if (name.startsWith(`${ROOT}/`)) {
      const path = name.slice(ROOT.length + 1);
      if (this.overlay.has(path)) return this.overlay.get(path) ?? undefined;
      return this.project.files.get(path) ?? this.project.libraries.get(path);
    }
    if (name.startsWith(`${LIBRARY}/`)) return declarations()[name.slice(LIBRARY.length + 1)];
    if (name === PLANTED) return `// ${this.questions}\nexport const planted: number = "";\n`;
    return undefined;
  }

  #version(name) {
    if (name === PLANTED) return `p${this.questions}`;
    const path = name.slice(ROOT.length + 1);
    if (this.overlay.has(path)) return this.overlaid.get(path).version;
    return String(this.project.versions.get(path) ?? 0);
  }

  #rootNames() {
    const created = [...this.overlay]
      .filter(([path, text]) => text !== null && !this.project.files.has(path))
      .map(([path]) => path)
      .filter((path) => this.#isRoot(path));
    const kept = this.roots.filter((path) => this.overlay.get(path) !== null);
    return [...[...kept, ...created].sort().map((path) => `${ROOT}/${path}`), PLANTED];
  }

  #host() {
    const overlaid = () => foldersOf([...this.overlay].filter(([, t]) => t !== null).map(([p]) => p));
    const folder = (name) => (name === ROOT ? "" : name.slice(ROOT.length + 1));
    return {
      getCompilationSettings: () => this.options,
      getProjectVersion: () => `${this.generation}.${this.questions}`,
      getScriptFileNames: () => this.#rootNames(),
      getScriptVersion: (name) => this.#version(name),
      getScriptKind: (name) => scriptKind(name),
      getScriptSnapshot: (name) => {
        const text = this.#text(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: (options) => `${LIBRARY}/${ts.getDefaultLibFileName(options)}`,
      useCaseSensitiveFileNames: () => true,
      fileExists: (name) => this.#text(name) !== undefined,
      readFile: (name) => this.#text(name),
      realpath: (name) => name,
      directoryExists: (name) =>
        name === LIBRARY ||
        name === ROOT ||
        (name.startsWith(`${ROOT}/`) &&
          (this.folders.has(folder(name)) || overlaid().has(folder(name)))),
      getDirectories: (name) => [
        ...new Set([
          ...(this.folders.get(folder(name)) ?? []),
          ...(overlaid().get(folder(name)) ?? []),
        ]),
      ],
      hasInvalidatedResolutions: () => this.invalidated,
    };
  }

  #diagnostics(program, name, parts) {
    const source = program.getSourceFile(name);
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source, undefined, parts),
    ];
  }

  #findings(program, path) {
    const source = program.getSourceFile(`${ROOT}/${path}`);
    return this.#written(source, path, this.#found(program, source));
  }

  /** @returns {object[]} errors in a file or in parts of it, with the offsets at which they stand */
  #found(program, source, parts) {
    const missing = new Missing(program, this.project);
    return believable(this.#diagnostics(program, source.fileName, parts))
      .filter(
        (diagnostic) =>
          diagnostic.category === ts.DiagnosticCategory.Error &&
          diagnostic.file === source &&
          !isNoise(diagnostic, missing),
      )
      .map(({ code, messageText, start, length }) => ({
        rule: `TS${code}`,
        message: ts.flattenDiagnosticMessageText(messageText, " ").replaceAll(`${ROOT}/`, ""),
        start,
        length,
      }));
  }

  #written(source, path, found) {
    if (found.length === 0) return [];
    const places = new Places(source.text);
    const symbols = new Symbols(source);
    return found.map(({ rule, message, start, length }) => ({
      path,
      rule,
      message,
      span: places.span(start, start + length),
      symbol: symbols.at(start),
    }));
  }
}

function isSnapshot(value) {
  return typeof value?.getChangeRange === "function";
}

/** Whether a tree is so deep that walking it as the compiler does would end in an overflow. */
function isTooDeep(source) {
  let level = [source];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return true;
    const below = [];
    for (const node of level) ts.forEachChild(node, (child) => void below.push(child));
    level = below;
  }
  return false;
}
