"""Dodges in configuration: an analyzer that is told to look at less.

The analyzers never see a repository's configuration, so no finding goes away because of it here;
it would everywhere else. Files are read as data.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import PurePosixPath
from typing import cast

from playground.analyzers.gate.view import ChangeView
from playground.domain.verdicts import Objection

_Settings = dict[tuple[str, ...], object]

_TOML_TOOLS = frozenset(
    {"ruff", "pyright", "basedpyright", "mypy", "bandit", "pylint", "flake8", "ty", "pyrefly",
     "pytype", "semgrep", "codespell", "vulture"}
)  # fmt: skip
_INI_SECTIONS = re.compile(
    r"^(?:flake8|mypy|pylint|bandit|messages control|master|main|pycodestyle)"
)
_NAMES = re.compile(
    r"^(?:pyproject\.toml|\.?ruff\.toml|pyrightconfig\.json|setup\.cfg|tox\.ini|\.flake8"
    r"|\.?mypy\.ini|\.?pylintrc(?:\.toml)?|\.?bandit(?:\.ya?ml)?|\.pre-commit-config\.ya?ml"
    r"|tsconfig[\w.-]*\.json|jsconfig\.json|\.eslintrc(?:\.json)?|\.eslintignore|biome\.jsonc?"
    r"|\.oxlintrc\.json|package\.json)$"
)
_HIDING = frozenset(
    {"ignore", "extend-ignore", "extend_ignore", "per-file-ignores", "per_file_ignores",
     "extend-per-file-ignores", "exclude", "extend-exclude", "extend_exclude", "exclude_dirs",
     "skips", "disable", "disable_error_code", "ignored-modules", "ignored-classes",
     "ignore-paths", "ignore-patterns", "unfixable", "ignorePatterns", "ignores",
     "allowed-confusables", "dummy-variable-rgx", "ignore-names"}
)  # fmt: skip
_CHOOSING = frozenset(
    {"select", "extend-select", "extend_select", "include", "enable", "strict", "tests", "files",
     "enable_error_code", "plugins", "preview"}
)  # fmt: skip
_LENIENT = frozenset(
    {"ignore_errors", "ignore_missing_imports", "allow_untyped_defs", "allow_untyped_calls",
     "allow_redefinition", "allow_any_generics", "disable_noqa", "skiplibcheck", "allowjs",
     "enabletypeignorecomments", "exit-zero", "exit_zero", "implicit_optional"}
)  # fmt: skip
_STRICT = re.compile(
    r"^(?:strict\w*|check_?untyped_?defs|disallow_\w+|warn_\w+|no_implicit_\w+|noimplicit\w+"
    r"|nounused\w+|nofallthrough\w+|nounchecked\w+|exactoptional\w+|usunknownincatch\w+"
    r"|report\w+|alwaysstrict|checkjs|useunknownincatchvariables)$",
    re.IGNORECASE,
)
_LEVELS: Mapping[str, int] = {
    "off": 0, "none": 0, "false": 0, "0": 0, "silent": 0, "skip": 0, "basic": 1, "information": 1,
    "info": 1, "warn": 2, "warning": 2, "1": 2, "standard": 2, "recommended": 3, "error": 3,
    "true": 3, "2": 3, "strict": 4, "all": 4, "normal": 3,
}  # fmt: skip
_LEVEL_KEYS = frozenset({"typecheckingmode", "follow_imports", "level", "severity"})
_SIZE_MAX = 200_000


def weakenings(view: ChangeView) -> Iterator[Objection]:
    """Settings after which an analyzer says less than before."""
    name = PurePosixPath(view.path).name
    if not _NAMES.match(name) or len(view.after) > _SIZE_MAX:
        return
    old, new = _read(name, view.before or ""), _read(name, view.after)
    if old is None or new is None:
        yield _weakened(f"{view.path} can no longer be read as settings")
        return
    for key in sorted({*old, *new}):
        if _is_weaker(key, old.get(key), new.get(key)):
            yield _weakened(f"{view.path} lowers {'.'.join(key)[:80]}")
            return


def _weakened(what: str) -> Objection:
    return Objection("dodge:config", f"{what}; repair the code and leave the analyzers as strict.")


def _is_weaker(key: tuple[str, ...], old: object, new: object) -> bool:
    words = {part.lower() for part in key} | set(key)
    last = key[-1].lower() if key else ""
    if words & _HIDING:
        return bool(_items(new) - _items(old))
    if last in _LENIENT:
        return _level(new) > _level(old)
    if words & (_CHOOSING | {"hooks"}):
        return bool(_items(old) - _items(new))
    graded = last in _LEVEL_KEYS or _STRICT.match(key[-1] if key else "") or "rules" in words
    return bool(graded) and _lowered(old, new)


def _lowered(old: object, new: object) -> bool:
    if new is None:
        return _level(old) > _LEVELS["none"] and old is not None
    return _level(new) < (_level(old) if old is not None else _LEVELS["standard"])


def _level(value: object) -> int:
    if isinstance(value, list):
        value = next(iter(cast("list[object]", value)), None)
    return _LEVELS.get(str(value).lower(), 0) if value is not None else 0


def _items(value: object) -> set[str]:
    if value is None or value is False:
        return set()
    if isinstance(value, list):
        return {str(item) for item in cast("list[object]", value)}
    if isinstance(value, str):
        return {part for part in re.split(r"[\s,]+", value) if part}
    return {str(value)}


def _read(name: str, text: str) -> _Settings | None:
    """Returns what a file sets by path of keys; None when it cannot be read."""
    if not text.strip():
        return {}
    try:
        if name.endswith(".toml"):
            return _of_tools(name, tomllib.loads(text))
        if name.endswith((".json", ".jsonc")) or name == ".eslintrc":
            return _of_json(name, json.loads(_without_comments(text)))
        if name.endswith((".yaml", ".yml", "ignore")):
            return _of_lines(name, text)
        return _of_ini(text)
    except (ValueError, RecursionError, ConfigError, TypeError):
        return None


def _of_tools(name: str, data: Mapping[str, object]) -> _Settings:
    if name != "pyproject.toml":
        return _flat(data)
    tools = data.get("tool")
    return {key: value for key, value in _flat(tools).items() if key and key[0] in _TOML_TOOLS}


def _of_json(name: str, data: object) -> _Settings:
    if name != "package.json":
        return _flat(data)
    return {key: value for key, value in _flat(data).items() if key[:1] and "eslint" in key[0]}


def _flat(data: object) -> _Settings:
    """Returns the leaves of nested tables; lists are leaves."""
    found: _Settings = {}
    waiting: list[tuple[tuple[str, ...], object]] = [((), data)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            table = cast("dict[object, object]", value)
            waiting += [((*key, str(name)), inner) for name, inner in table.items()]
        elif isinstance(value, list) and any(
            isinstance(i, dict) for i in cast("list[object]", value)
        ):
            items = cast("list[object]", value)
            waiting += [((*key, str(place)), inner) for place, inner in enumerate(items)]
        else:
            found[key] = value
    return found


def _of_ini(text: str) -> _Settings:
    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.read_string(text)
    return {
        (section, key): value
        for section in parser.sections()
        if _INI_SECTIONS.match(section.lower())
        for key, value in parser.items(section)
    }


def _of_lines(name: str, text: str) -> _Settings:
    """Returns the hooks, skips or patterns of a file that is read line by line."""
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    if name.startswith(".pre-commit"):
        hooks = [
            line.removeprefix("- ").removeprefix("id:").strip() for line in lines if "id:" in line
        ]
        return {("hooks",): hooks}
    if name.endswith("ignore"):
        return {("ignore",): [line for line in lines if line]}
    return {("skips",): [line for line in lines if line.startswith("- ") or "skips" in line]}


def _without_comments(text: str) -> str:
    """Returns JSON with comments and trailing commas taken out, strings untouched."""
    pattern = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*[\s\S]*?\*/|,(?=\s*[}\]])')
    return pattern.sub(lambda found: found[0] if found[0][0] == '"' else "", text)
