"""Declarations of a repository's installed packages, read as data from `node_modules`.

Only `package.json` and declaration files are read, of packages that the repository declares, of
those that these need, and of `@types`. No folder is entered through a link, no file is read through
one, and a package that is too large is left out: the compiler then takes it for a missing one.
"""

from __future__ import annotations

import json
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from playground.analyzers.mirror.javascript import MODULES, PACKAGE, JavaScriptSettings
from playground.domain.errors import BadInput
from playground.security.reading import ReadingRules, read_tree

_PACKAGES_MAX = 400
_TOTAL_CHARS_MAX = 48_000_000
_RULES = ReadingRules(
    suffixes=frozenset({".ts", ".mts", ".cts"}),
    names=frozenset({PACKAGE}),
    skipped_folders=frozenset(),
    file_bytes_max=4_000_000,
    files_max=4_000,
    total_bytes_max=16_000_000,
)
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_NEEDS = ("dependencies", "peerDependencies", "optionalDependencies")


def declarations_of(settings: JavaScriptSettings) -> dict[str, str]:
    """Returns texts by path below the repository's root; empty when nothing is installed."""
    if not settings.modules:
        return {}
    modules = Path(settings.modules)
    found: dict[str, str] = {}
    waiting = deque([*(settings.dependencies or ()), *_names_in(modules / "@types", "@types/")])
    seen: set[str] = set()
    chars = 0
    while waiting and len(seen) < _PACKAGES_MAX and chars < _TOTAL_CHARS_MAX:
        name = waiting.popleft()
        if name in seen:
            continue
        seen.add(name)
        texts = _package(modules, name)
        chars += sum(map(len, texts.values()))
        found |= {f"{MODULES}/{name}/{path}": text for path, text in texts.items()}
        waiting += sorted(_needed(texts.get(PACKAGE, "")))
    return found


def _package(modules: Path, name: str) -> dict[str, str]:
    folder = modules
    for part in ("", *name.split("/")):
        folder = folder / part
        if part in {".", ".."} or not _is_folder(folder):
            return {}
    try:
        reading = read_tree(folder, rules=_RULES)
    except BadInput:
        return {}
    if any("beyond" in why or "one more" in why for _path, why in reading.skipped):
        return {}
    return {
        path: file.text
        for path, file in reading.files.items()
        if path.endswith((*_DECLARATIONS, PACKAGE))
    }


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _names_in(folder: Path, prefix: str) -> Iterator[str]:
    if _is_folder(folder):
        try:
            yield from sorted(prefix + found.name for found in folder.iterdir())
        except OSError:
            return


def _needed(manifest: str) -> Iterable[str]:
    try:
        table: object = json.loads(manifest or "{}")
    except (ValueError, RecursionError):
        return ()
    tables = cast("dict[str, object]", table) if isinstance(table, dict) else {}
    needs = (tables.get(key) for key in _NEEDS)
    return {
        name for need in needs if isinstance(need, dict) for name in cast("dict[str, object]", need)
    }
