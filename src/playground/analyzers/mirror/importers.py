"""Which files import which, read from the syntax alone.

Module names are matched by their endings, so that no knowledge of source roots is needed. That
finds too many importers rather than too few, and each of them is only analysed once more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from playground.analyzers.mirror.script_importers import importing
from playground.domain.syntax import parse
from playground.security.reading import PYTHON


def importers(changed: Iterable[str], *, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the files that import one of the changed ones, sorted, without these.

    A package's `__init__` that imports a changed file passes it on, so its importers count too.

    Args:
        changed: POSIX paths.
        texts: the sources of the tree, by path.
    """
    start = set(changed)
    reached = set(start)
    waiting = {name for path in start if path.endswith(PYTHON) for name in _names(path)}
    while waiting:
        found = {
            path
            for path, text in texts.items()
            if path not in reached and path.endswith(PYTHON)
            if not waiting.isdisjoint(_imported(path, text))
        }
        reached |= found
        waiting = {
            name
            for path in found
            if PurePosixPath(path).stem == "__init__"
            for name in _names(path)
        }
    return tuple(sorted((reached - start) | importing(start, texts=texts)))


def _names(path: str) -> frozenset[str]:
    """Returns every dotted name under which the file may be imported."""
    pure = PurePosixPath(path)
    parts = pure.parts[:-1] if pure.stem == "__init__" else (*pure.parts[:-1], pure.stem)
    return frozenset(".".join(parts[i:]) for i in range(len(parts)))


@lru_cache(maxsize=20_000)
def _imported(path: str, text: str) -> frozenset[str]:
    tree = parse(text)
    names: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                names |= _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = _module_of(node, path)
            names |= _with_parents(module)
            names |= {f"{module}.{alias.name}" if module else alias.name for alias in node.names}
    return frozenset(names)


def _with_parents(name: str) -> set[str]:
    parts = name.split(".") if name else []
    return {".".join(parts[: i + 1]) for i in range(len(parts))}


def _module_of(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    folder = PurePosixPath(path).parts[:-1]
    base = folder[: max(0, len(folder) - node.level + 1)]
    return ".".join((*base, node.module) if node.module else base)
