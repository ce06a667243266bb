"""A repository's own analyzer settings, read as data.

Nothing is handed on as it is: each value is taken from an allow-list, checked, and written into
configuration of our own. Only files in the root are looked at. What each setting may do:

* ruff `line-length`, `target-version` (or `requires-python`): describe the code and are taken over.
* ruff `select`, `extend-select`: rules that the repository holds itself to. They widen what is
  reported, and what a candidate may not add.
* ruff `ignore`, `extend-ignore`, `per-file-ignores`: narrow what is reported. They never narrow
  the comparison that judges a candidate.
* pyright `pythonVersion`, `pythonPlatform`, `extraPaths` inside the tree: taken over.
* pyright `typeCheckingMode`: only "strict" is taken over; a rule that is set to "error" or
  "warning" is raised; nothing is ever lowered, excluded or ignored.

Everything else, such as `extend`, `cache-dir`, `plugins`, `include`, `ignore` or an interpreter, is
not read. A file that cannot be read is left out with a note.
"""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from playground.analyzers.mirror.javascript import NO_JAVASCRIPT, JavaScriptSettings
from playground.analyzers.profile import Selection, selects
from playground.domain.ports import Mirror

SETTING_FILES = (".ruff.toml", "ruff.toml", "pyproject.toml", "pyrightconfig.json")
"""Files in a repository's root that are read as data."""

REPOSITORY = "repository"
"""The key of a mirror's settings that holds its `RepositorySettings`."""

_SELECTOR = re.compile(r"[A-Z]{1,8}[0-9]{0,5}", re.ASCII)
_TARGET = re.compile(r"py3(\d{1,2})", re.ASCII)
_VERSION = re.compile(r"3\.(\d{1,2})", re.ASCII)
_AT_LEAST = re.compile(r">=\s*3\.(\d{1,2})", re.ASCII)
_PYRIGHT_RULE = re.compile(r"report[A-Z][A-Za-z]{2,60}", re.ASCII)
_PLATFORMS = frozenset({"Linux", "Darwin", "Windows", "All"})
_MINOR_MIN, _MINOR_MAX = 7, 15
_ENTRIES_MAX = 1_000
_LINE_CHARACTERS_MAX = 2_000
_KEY_DOTS_MAX = 40

_Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """What a repository says about itself.

    Attributes:
        line_length: characters of a line, None when it does not say.
        python_minor: the 12 of Python 3.12, the oldest that the code must run on, None likewise.
        platform: pyright's name of the platform, "" likewise.
        selection: ruff rules that it holds itself to, None likewise.
        ignored: ruff rules that it does not want reported.
        per_file: pairs of a pattern and the rules that are not reported in files that match it.
        pyright_mode: "strict" or "".
        pyright_rules: pairs of a rule and the level to which it is raised.
        extra_paths: folders inside the tree that imports are looked up in.
        javascript: what it says about its JavaScript and TypeScript.
        notes: pairs of a file and why it was left out.
    """

    line_length: int | None = None
    python_minor: int | None = None
    platform: str = ""
    selection: Selection | None = None
    ignored: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pyright_mode: str = ""
    pyright_rules: tuple[tuple[str, str], ...] = ()
    extra_paths: tuple[str, ...] = ()
    javascript: JavaScriptSettings = NO_JAVASCRIPT
    notes: tuple[tuple[str, str], ...] = ()

    def hides(self, rule: str, *, path: str) -> bool:
        """Whether the repository does not want findings of this ruff rule reported in the file."""
        if any(selects(selector, rule) for selector in self.ignored):
            return True
        name = PurePosixPath(path).name
        return any(
            any(selects(selector, rule) for selector in rules)
            and (fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(name, pattern))
            for pattern, rules in self.per_file
        )


def repository_of(mirror: Mirror) -> RepositorySettings:
    """Returns what the mirrored repository says about itself."""
    found = mirror.settings.get(REPOSITORY)
    return found if isinstance(found, RepositorySettings) else RepositorySettings()


def costly_line(text: str) -> int:
    """Returns the number of the first line that takes parsers long out of proportion, 0 for none.

    The time of Python's readers of TOML and INI files grows with the square of a line's length
    and of the number of parts of a key, so that one line could keep them busy for hours.

    Args:
        text: of a file in TOML, INI or a list of requirements.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LINE_CHARACTERS_MAX or line.partition("=")[0].count(".") > _KEY_DOTS_MAX:
            return number
    return 0


def read_settings(files: Mapping[str, str]) -> RepositorySettings:
    """Reads the texts of `SETTING_FILES`, by file name; missing ones are left out."""
    notes: list[tuple[str, str]] = []
    tables = {name: _parsed(name, files, notes) for name in SETTING_FILES}
    project = tables["pyproject.toml"]
    ruff = tables[".ruff.toml"] or tables["ruff.toml"] or _at(project, "tool", "ruff")
    pyright = tables["pyrightconfig.json"] or _at(project, "tool", "pyright")
    # Older files have ruff's lint options at the top.
    lint = {**ruff, **_at(ruff, "lint")}
    ignored = _selectors(lint, "ignore") + _selectors(lint, "extend-ignore")
    selected = _selectors(lint, "select") + _selectors(lint, "extend-select")
    return RepositorySettings(
        line_length=_line_length(ruff.get("line-length")),
        python_minor=_python_minor(project, ruff, pyright),
        platform=_choice(pyright.get("pythonPlatform"), _PLATFORMS),
        selection=Selection(selected, ignored) if selected else None,
        ignored=tuple(rule for rule in ignored if rule != "ALL"),
        per_file=_per_file(_at(lint, "per-file-ignores"))
        + _per_file(_at(lint, "extend-per-file-ignores")),
        pyright_mode=_choice(pyright.get("typeCheckingMode"), frozenset({"strict"})),
        pyright_rules=_raised(pyright),
        extra_paths=_folders(pyright.get("extraPaths")),
        notes=tuple(notes),
    )


def _parsed(name: str, files: Mapping[str, str], notes: list[tuple[str, str]]) -> _Table:
    text = files.get(name)
    if text is None:
        return {}
    parse: Callable[[str], object] = json.loads if name.endswith(".json") else tomllib.loads
    try:
        return _table(parse(text))
    except (ValueError, RecursionError) as error:
        reason = type(error).__name__
        notes.append((name, f"cannot be read as settings ({reason}); the defaults are used"))
        return {}


def _table(value: object) -> _Table:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in cast("dict[object, object]", value).items() if isinstance(k, str)}


def _at(table: _Table, *keys: str) -> _Table:
    for key in keys:
        table = _table(table.get(key))
    return table


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    items = cast("list[object]", value)[:_ENTRIES_MAX]
    return tuple(item for item in items if isinstance(item, str))


def _selectors(table: _Table, key: str) -> tuple[str, ...]:
    return tuple(s for s in _strings(table.get(key)) if _SELECTOR.fullmatch(s))


def _line_length(value: object) -> int | None:
    return value if type(value) is int and 1 <= value <= 320 else None


def _python_minor(project: _Table, ruff: _Table, pyright: _Table) -> int | None:
    sources = (
        (_TARGET.fullmatch, ruff.get("target-version")),
        (_VERSION.fullmatch, pyright.get("pythonVersion")),
        (_AT_LEAST.search, _at(project, "project").get("requires-python")),
    )
    for match, value in sources:
        found = match(value) if isinstance(value, str) else None
        if found and _MINOR_MIN <= int(found[1]) <= _MINOR_MAX:
            return int(found[1])
    return None


def _choice(value: object, allowed: frozenset[str]) -> str:
    return value if isinstance(value, str) and value in allowed else ""


def _per_file(table: _Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    pairs = ((pattern, _selectors(table, pattern)) for pattern in list(table)[:_ENTRIES_MAX])
    return tuple((pattern, rules) for pattern, rules in pairs if rules)


def _raised(pyright: _Table) -> tuple[tuple[str, str], ...]:
    levels: dict[object, str] = {"error": "error", "warning": "warning"}
    return tuple(
        (rule, levels[level])
        for rule, level in sorted(pyright.items())
        if _PYRIGHT_RULE.fullmatch(rule) and isinstance(level, str) and level in levels
    )


def _folders(value: object) -> tuple[str, ...]:
    paths = (PurePosixPath(item) for item in _strings(value))
    return tuple(str(path) for path in paths if not path.is_absolute() and ".." not in path.parts)
