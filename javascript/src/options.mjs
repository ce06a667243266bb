// Compiler options: the project's own, already reduced to an allow-list, and what we insist on.
import ts from "typescript";

/**
 * @param {Record<string, unknown>} given values as they stand in a tsconfig.json
 * @param {string[]} paths of the project's files
 * @returns {ts.CompilerOptions} options with which nothing is ever written
 */
export function compilerOptions(given, paths) {
  const { options } = ts.convertCompilerOptionsFromJson(given.compilerOptions ?? {}, "/project");
  const jsx = options.jsx ?? (paths.some((path) => path.endsWith("x")) ? ts.JsxEmit.Preserve : 0);
  return {
    // What a declared package declares globally counts, as it did before TypeScript 6.
    types: ["*"],
    // A file is a module unless the project says otherwise: scripts that happen to lie in one
    // repository do not share their names.
    moduleDetection: ts.ModuleDetectionKind.Force,
    ...options,
    ...(jsx ? { jsx } : {}),
    ignoreDeprecations: "6.0",
    noEmit: true,
    skipLibCheck: true,
    skipDefaultLibCheck: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    stableTypeOrdering: true,
    // Comments in declarations would look like a change of what a file declares.
    removeComments: true,
  };
}
