"""What a JavaScript or TypeScript repository says about itself, read as data.

Only `tsconfig.json` (or `jsconfig.json`) and `package.json` in the root are looked at, and what
these name inside the tree. Nothing is handed on as it is: each value is taken from an allow-list
and checked. What describes the code is taken over: language level, strictness, module resolution.
What writes, runs or hides something (`outDir`, `plugins`, `exclude`, scripts, …) is not read, nor
is any configuration of ESLint.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import cast

from playground.domain.errors import BadInput
from playground.security.reading import read_text

PACKAGE = "package.json"
CONFIGURATIONS = ("tsconfig.json", "jsconfig.json")
"""The first of these that exists counts."""

MODULES = "node_modules"
"""The folder in the root that packages are installed into."""

Read = Callable[[str], str | None]
"""Returns a text of the repository by its path, None when there is no plain text file."""

_EXTENDS_MAX = 8
_ENTRIES_MAX = 500
_WORD = re.compile(r"[A-Za-z0-9_.@/$-]{1,100}", re.ASCII)
_FLAGS = frozenset(
    {
        "allowArbitraryExtensions",
        "allowJs",
        "allowSyntheticDefaultImports",
        "allowUmdGlobalAccess",
        "allowUnreachableCode",
        "allowUnusedLabels",
        "alwaysStrict",
        "checkJs",
        "emitDecoratorMetadata",
        "erasableSyntaxOnly",
        "esModuleInterop",
        "exactOptionalPropertyTypes",
        "experimentalDecorators",
        "isolatedModules",
        "noFallthroughCasesInSwitch",
        "noImplicitAny",
        "noImplicitOverride",
        "noImplicitReturns",
        "noImplicitThis",
        "noPropertyAccessFromIndexSignature",
        "noUncheckedIndexedAccess",
        "noUncheckedSideEffectImports",
        "noUnusedLocals",
        "noUnusedParameters",
        "resolvePackageJsonExports",
        "resolvePackageJsonImports",
        "strict",
        "strictBindCallApply",
        "strictBuiltinIteratorReturn",
        "strictFunctionTypes",
        "strictNullChecks",
        "strictPropertyInitialization",
        "useDefineForClassFields",
        "useUnknownInCatchVariables",
        "verbatimModuleSyntax",
    }
)
_WORDS = frozenset(
    {
        "jsx",
        "jsxFactory",
        "jsxFragmentFactory",
        "jsxImportSource",
        "module",
        "moduleDetection",
        "moduleResolution",
        "target",
    }
)
_LISTS = frozenset({"customConditions", "lib", "types"})
_DEPENDENCIES = (
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
)

_Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JavaScriptSettings:
    """What a repository says about its JavaScript and TypeScript.

    Attributes:
        options: JSON of an object of compiler options.
        name: the package's name, "" when it does not say.
        dependencies: names of the packages that it declares, None without a readable package.json.
        modules: absolute path of the folder of its installed packages, "" without one.
        installed: changes when packages are installed.
        notes: pairs of a file and why it was left out.
    """

    options: str = "{}"
    name: str = ""
    dependencies: tuple[str, ...] | None = None
    modules: str = ""
    installed: str = ""
    notes: tuple[tuple[str, str], ...] = ()


NO_JAVASCRIPT = JavaScriptSettings()
"""Of a repository that says nothing."""


def javascript_settings(root: Path) -> JavaScriptSettings:
    """Reads what the repository says; a file that cannot be read is left out with a note."""
    links: list[tuple[str, str]] = []

    def read(path: str) -> str | None:
        try:
            return read_text(root, path=path)
        except BadInput:
            links.append((path, "is no plain text file and is not looked at"))
            return None

    settings = read_javascript(read)
    folder = root / MODULES
    stamps = [_stamp(folder), _stamp(folder / ".package-lock.json")]
    return replace(
        settings,
        modules=str(folder) if stamps[0] else "",
        installed=" ".join(stamps),
        notes=(*links, *settings.notes),
    )


def _stamp(path: Path) -> str:
    try:
        found = os.lstat(path)
    except OSError:
        return ""
    return "" if stat.S_ISLNK(found.st_mode) else f"{found.st_ino}.{found.st_mtime_ns}"


def read_javascript(read: Read) -> JavaScriptSettings:
    """Reads what the repository says through a function that reads its files."""
    notes: list[tuple[str, str]] = []
    manifest = _parsed(PACKAGE, read, notes)
    options: dict[str, object] = {}
    for name in CONFIGURATIONS:
        found = _options(name, read, notes)
        if found is not None:
            options = found
            if "strict" not in options and _compiler_major(manifest) < 6:
                # Until version 6 nothing was strict that did not say so.
                options["strict"] = False
            break
    declared: tuple[str, ...] | None = None
    if manifest is not None:
        tables = [_table(manifest.get(key)) for key in _DEPENDENCIES]
        names = {name for table in tables for name in list(table)[:_ENTRIES_MAX]}
        declared = tuple(sorted(name for name in names if _WORD.fullmatch(name)))
    name = manifest.get("name") if manifest else None
    return JavaScriptSettings(
        options=json.dumps(options, sort_keys=True),
        name=name if isinstance(name, str) and _WORD.fullmatch(name) else "",
        dependencies=declared,
        notes=tuple(notes),
    )


def _options(name: str, read: Read, notes: list[tuple[str, str]]) -> dict[str, object] | None:
    """Returns the options of a configuration over those of what it extends."""
    chain: list[dict[str, object]] = []
    waiting, seen = [name], set[str]()
    while waiting and len(seen) < _EXTENDS_MAX:
        path = waiting.pop(0)
        table = _parsed(path, read, notes) if path not in seen else None
        seen.add(path)
        if table is None:
            continue
        folder = str(PurePosixPath(path).parent)
        own = _allowed(_table(table.get("compilerOptions")), folder)
        chain.append(own)
        waiting += [p for p in (_inside(folder, e) for e in _extended(table)) if p]
        if not own and not _extended(table):
            # A configuration that only leads to others: the first one is that of the sources.
            waiting += [p for p in (_inside(folder, e) for e in _referenced(table)[:1]) if p]
    if not chain:
        return None
    merged: dict[str, object] = {}
    for options in reversed(chain):
        merged |= options
    return merged


def _extended(table: _Table) -> list[str]:
    value = table.get("extends")
    names = [value] if isinstance(value, str) else _strings(value)
    return [n if n.endswith(".json") else f"{n}.json" for n in reversed(names) if n[:1] == "."]


def _referenced(table: _Table) -> list[str]:
    value = table.get("references")
    entries = cast("list[object]", value)[:_ENTRIES_MAX] if isinstance(value, list) else []
    paths = [path for e in entries if isinstance(path := _table(e).get("path"), str)]
    return [p if p.endswith(".json") else f"{p}/tsconfig.json" for p in paths]


def _allowed(table: _Table, folder: str) -> dict[str, object]:
    kept: dict[str, object] = {k: v for k, v in table.items() if _is_plain(k, v)}
    for key in _LISTS & table.keys():
        kept[key] = [item for item in _strings(table[key]) if _WORD.fullmatch(item)]
    base = table.get("baseUrl")
    root = _inside(folder, base) if isinstance(base, str) else None
    if root is not None:
        kept["baseUrl"] = f"./{root}"
    paths = {
        pattern: targets
        for pattern, value in list(_table(table.get("paths")).items())[:_ENTRIES_MAX]
        if (targets := [f"./{p}" for t in _strings(value) if (p := _inside(root or folder, t))])
    }
    return {**kept, "paths": paths} if paths else kept


def _is_plain(key: str, value: object) -> bool:
    if key in _FLAGS:
        return isinstance(value, bool)
    return key in _WORDS and isinstance(value, str) and _WORD.fullmatch(value) is not None


def _inside(folder: str, path: str) -> str | None:
    """Returns a path relative to the root, None when it leads out of the tree."""
    if path.startswith("/") or "\\" in path or "\0" in path:
        return None
    parts: list[str] = []
    for part in PurePosixPath(folder, path).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return "/".join(parts) or "."


def _compiler_major(manifest: _Table | None) -> int:
    """Returns the version of TypeScript that the repository asks for; 6 when it does not say."""
    tables = [_table((manifest or {}).get(key)) for key in _DEPENDENCIES]
    for asked in (table.get("typescript") for table in tables):
        found = re.search(r"\d{1,3}", asked) if isinstance(asked, str) else None
        if found:
            return int(found[0])
    return 6


def _parsed(name: str, read: Read, notes: list[tuple[str, str]]) -> _Table | None:
    text = read(name)
    if text is None:
        return None
    try:
        return _table(json.loads(plain_json(text)))
    except (ValueError, RecursionError) as error:
        reason = type(error).__name__
        notes.append((name, f"cannot be read as settings ({reason}); the defaults are used"))
        return None


_TEXT = r'"(?:[^"\\\n]|\\.)*"?'
_COMMENT = re.compile(rf"{_TEXT}|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_TEXT}|,(?=\s*[}}\]])", re.DOTALL)


def plain_json(text: str) -> str:
    """Returns JSON without the comments and last commas that TypeScript allows in its files."""
    for part in (_COMMENT, _LAST_COMMA):
        text = part.sub(lambda match: match[0] if match[0].startswith('"') else " ", text)
    return text.removeprefix("\ufeff")


def _table(value: object) -> _Table:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in cast("dict[object, object]", value).items() if isinstance(k, str)}


def _strings(value: object) -> list[str]:
    items = cast("list[object]", value)[:_ENTRIES_MAX] if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]
