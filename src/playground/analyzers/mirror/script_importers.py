"""Which scripts import which, read from their texts alone.

Paths inside the tree are resolved as the compiler does; other names, which may be aliases, are
matched by their endings. That finds too many importers rather than too few, and each of them is
only analysed once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from playground.security.reading import JAVASCRIPT

_SPECIFIER = re.compile(
    r"""(?:\bfrom|\bimport|\brequire\s{0,9}\(|\bimport\s{0,9}\()\s{0,99}(["'`])([^"'`\n]{1,300})\1"""
)
_REFERENCE = re.compile(r"""^///\s{0,9}<reference\s{1,9}path=["']([^"'\n]{1,300})""", re.MULTILINE)
_PASSES_ON = re.compile(r"\bexport\s{0,99}(?:type\s{1,99})?(?:\*|\{[^{}]{0,2000}\})")
_FOR_ALL = re.compile(r"\bdeclare\s{1,99}(?:global|module)\b")
_MODULE = re.compile(r"^\s{0,99}(?:import|export)\b", re.MULTILINE)
_CODE = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$")


@dataclass(frozen=True, slots=True)
class _Imports:
    """What a file imports: places in the tree without their endings, and names of any kind."""

    places: frozenset[str]
    names: frozenset[str]
    passes_on: bool


def importing(changed: Iterable[str], *, texts: Mapping[str, str]) -> frozenset[str]:
    """Returns the scripts that import one of the changed ones.

    A file that exports what it imports passes it on, so its importers count too. Declarations that
    hold everywhere reach every script.

    Args:
        changed: POSIX paths.
        texts: the sources of the tree, by path.
    """
    scripts = {path: text for path, text in texts.items() if path.endswith(JAVASCRIPT)}
    reached = {path for path in changed if path.endswith(JAVASCRIPT)}
    start, waiting = frozenset(reached), set(reached)
    if any(_holds_everywhere(path, scripts.get(path, "")) for path in start):
        return frozenset(scripts) - start
    while waiting:
        places = {_place(path) for path in waiting}
        endings = {ending for place in places for ending in _endings(place)}
        found = {
            path
            for path, text in scripts.items()
            if path not in reached and _is_reached(_imports(path, text), places, endings)
        }
        reached |= found
        waiting = {path for path in found if _imports(path, scripts[path]).passes_on}
    return frozenset(reached - start)


def _holds_everywhere(path: str, text: str) -> bool:
    ambient = re.search(r"\.d\.[cm]?ts$", path) is not None and not _MODULE.search(text)
    return ambient or _FOR_ALL.search(text) is not None


def _is_reached(imports: _Imports, places: set[str], endings: set[str]) -> bool:
    return not (imports.places.isdisjoint(places) and imports.names.isdisjoint(endings))


def _place(path: str) -> str:
    """Returns a path without its ending, and a folder's for its index."""
    bare = _CODE.sub("", path)
    return bare.removesuffix("/index") if bare != "index" else ""


def _endings(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join(parts[i:]) for i in range(len(parts))]


@lru_cache(maxsize=20_000)
def _imports(path: str, text: str) -> _Imports:
    specifiers = {match[2] for match in _SPECIFIER.finditer(text)}
    specifiers |= {f"./{match[1]}" for match in _REFERENCE.finditer(text)}
    folder = PurePosixPath(path).parent
    places, names = set[str](), set[str]()
    for specifier in specifiers:
        if specifier.startswith("."):
            places.add(_place(_resolved(folder, specifier)))
        else:
            # What follows an alias such as "@/", "~/" or "#", whatever that stands for.
            bare = _place(specifier.lstrip("@~#/"))
            names |= {bare, bare.partition("/")[2]} - {""}
    return _Imports(frozenset(places), frozenset(names), _PASSES_ON.search(text) is not None)


def _resolved(folder: PurePosixPath, specifier: str) -> str:
    parts: list[str] = []
    for part in (folder / specifier).parts:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return "/".join(parts)
