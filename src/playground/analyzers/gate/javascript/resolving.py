"""Modules that nothing in sight can answer: models make up names of packages and files."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from playground.domain import javascript
from playground.domain.verdicts import Objection

_BUILTIN = frozenset(
    {
        "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants",
        "crypto", "dgram", "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2",
        "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode",
        "querystring", "readline", "repl", "sea", "sqlite", "stream", "string_decoder", "sys",
        "test", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi",
        "worker_threads", "zlib",
    }
)  # fmt: skip
_ONLY_WITH_PREFIX = frozenset({"sea", "sqlite", "test"})
_NAMES_MODULE = re.compile(
    r"(?:\bfrom|\bimport|\brequire\s{0,4}\(|\bimport\s{0,4}\()\s{0,20}[\"']([^\"'\n]{1,200})[\"']"
)
_ENDINGS = ("", *javascript.SUFFIXES, ".d.ts", ".json")
_COMPILED = {
    ".js": (".ts", ".tsx", ".d.ts"),
    ".mjs": (".mts",),
    ".cjs": (".cts",),
    ".jsx": (".tsx",),
}


@dataclass(frozen=True, slots=True)
class KnownModules:
    """What a script of a repository may import.

    Attributes:
        packages: declared ones, the repository's own name, and what its scripts import already.
        patterns: beginnings of names that the repository's settings lead elsewhere.
        paths: of all its scripts.
    """

    packages: frozenset[str]
    patterns: tuple[str, ...]
    paths: frozenset[str]


def known_modules(
    texts: Mapping[str, str], *, declared: Sequence[str], options: str = "{}"
) -> KnownModules:
    """Collects what imports may name; everything is read as data.

    Args:
        texts: the repository's sources by path.
        declared: names of its dependencies and of itself.
        options: JSON of its compiler options.
    """
    scripts = [path for path in texts if javascript.is_script(path)]
    named = {name for path in scripts for name in _NAMES_MODULE.findall(texts[path])}
    packages = {_package(name) for name in named if not name.startswith(".")} | set(declared)
    return KnownModules(frozenset(packages), _patterns(options), frozenset(scripts))


def objections(
    imports: Iterable[str], *, path: str, known: KnownModules, new: Iterable[str] = ()
) -> list[Objection]:
    """Returns an objection "import-unresolvable" for each module that nothing covers.

    Args:
        imports: as a changed script names them.
        path: of that script.
        known: what the repository has.
        new: paths of scripts that the same change brings.
    """
    known = replace(known, paths=known.paths | set(new))
    return [
        Objection(
            "import-unresolvable",
            f"The import of {name[:80]} is covered by no file or declared dependency.",
        )
        for name in imports
        if not _is_known(name, path, known)
    ]


def _is_known(name: str, path: str, known: KnownModules) -> bool:
    if name.startswith("."):
        return _is_file(name, path, known.paths)
    if name.startswith("node:"):
        return name.removeprefix("node:").split("/")[0] in _BUILTIN
    if name.startswith(("#", *known.patterns)):
        return True
    package = _package(name)
    builtin = package in _BUILTIN - _ONLY_WITH_PREFIX
    return builtin or package in known.packages or f"@types/{package}" in known.packages


def _is_file(name: str, path: str, paths: frozenset[str]) -> bool:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    stem, ending = posixpath.splitext(target)
    if ending and ending not in _COMPILED and ending not in _ENDINGS and len(ending) <= 6:
        return True  # style sheets, images and the like are not read, so nothing is known
    if ending == ".json":
        return True
    candidates = {target + end for end in _ENDINGS}
    candidates |= {f"{target}/index{end}" for end in _ENDINGS}
    candidates |= {stem + end for end in _COMPILED.get(ending, ())}
    return not candidates.isdisjoint(paths)


def _package(name: str) -> str:
    parts = name.split("/")
    return "/".join(parts[:2]) if name.startswith("@") else parts[0]


def _patterns(options: str) -> tuple[str, ...]:
    try:
        parsed: object = json.loads(options)
    except ValueError:
        return ()
    table = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
    paths = table.get("paths")
    names = list(cast("dict[str, object]", paths)) if isinstance(paths, dict) else []
    return tuple(name.split("*", 1)[0] for name in names if name.split("*", 1)[0])
