// What a worker knows about its one project: texts by path, and what the compiler is told.

export class Project {
  constructor() {
    /** @type {Map<string, string>} texts by POSIX path relative to the project's root */
    this.files = new Map();
    /** @type {Map<string, string>} declarations of installed packages, by path in node_modules */
    this.libraries = new Map();
    /** Whether every declared package is among the libraries. */
    this.complete = false;
    /** @type {Map<string, number>} counts up with each new text of a path */
    this.versions = new Map();
    /** @type {Record<string, unknown>} */
    this.options = {};
    this.generation = 0;
  }

  /** Takes a project's texts and settings; what was known before is forgotten. */
  open({ files = {}, libraries = {}, options = {} }) {
    for (const path of [...this.files.keys()]) {
      if (!Object.hasOwn(files, path)) this.#set(path, null);
    }
    for (const path of new Set([...this.libraries.keys(), ...Object.keys(libraries)])) {
      if (this.libraries.get(path) !== libraries[path]) this.#changed(path);
    }
    this.libraries = new Map(Object.entries(libraries));
    this.options = options;
    this.complete = (options.dependencies ?? [null]).every((name) =>
      this.libraries.has(`node_modules/${name}/package.json`),
    );
    for (const [path, text] of Object.entries(files)) this.#set(path, text);
    this.generation += 1;
    return { files: this.files.size };
  }

  #set(path, text) {
    if (this.files.get(path) === (text ?? undefined)) return;
    this.#changed(path);
    if (text === null) this.files.delete(path);
    else this.files.set(path, text);
  }

  #changed(path) {
    this.versions.set(path, (this.versions.get(path) ?? 0) + 1);
  }
}
