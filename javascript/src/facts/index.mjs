// Facts about texts on the syntax alone: no types, no project needed.

/**
 * Answers one question of the gate.
 *
 * @param {Record<string, unknown>} request the question as it was sent
 * @param {{files: Map<string, string>}} project texts that were sent before, by path
 * @returns {Record<string, unknown>} members of the answer
 */
export function facts(request, project) {
  throw new Error(`no facts of ${String(request.about)} in ${project.files.size} files`);
}
