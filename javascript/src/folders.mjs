// The folders that paths imply.

/** @returns {Map<string, Set<string>>} folders by path, each with the names of those in it */
export function foldersOf(paths) {
  const folders = new Map();
  for (const path of paths) {
    let end = path.lastIndexOf("/");
    let child = "";
    for (;;) {
      const folder = end < 0 ? "" : path.slice(0, end);
      const known = folders.get(folder);
      if (known === undefined) folders.set(folder, new Set(child ? [child] : []));
      else if (child) known.add(child);
      if (end < 0 || (known !== undefined && !child)) break;
      child = folder.slice(folder.lastIndexOf("/") + 1);
      end = folder.lastIndexOf("/");
    }
  }
  return folders;
}
