"""What a project may say about its own runs: stricter, never looser.

A repository may be written by anybody. Its files can lower bounds and ask for more proof; they can
never choose an engine, an endpoint, a key, a program or a class to load, and never silence a tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import cast

from playground.config.schema import Config
from playground.config.settings import KeyPath, Layer, Leaf, bad
from playground.config.validation import check_key, merged_and_validated


class Way(Enum):
    """In which direction a project may move a setting."""

    SMALLER = auto()
    ADDED = auto()
    FEWER = auto()
    OFF = auto()
    STRICTER = auto()


TIGHTENABLE: Mapping[KeyPath, Way] = {
    ("model", "requests_per_minute"): Way.SMALLER,
    ("model", "request_deadline_s"): Way.SMALLER,
    ("cycles", "sources"): Way.FEWER,
    ("cycles", "attempts_max"): Way.SMALLER,
    ("cycles", "reflections_max"): Way.SMALLER,
    ("cycles", "tokens_max"): Way.SMALLER,
    ("cycles", "wall_s_max"): Way.SMALLER,
    ("cycles", "files_max"): Way.SMALLER,
    ("cycles", "patch_lines_max"): Way.SMALLER,
    ("cycles", "samples"): Way.SMALLER,
    ("cycles", "prompt_tokens_max"): Way.SMALLER,
    ("cycles", "answer_tokens_max"): Way.SMALLER,
    ("cycles", "examples_max"): Way.SMALLER,
    ("tools", "analyzers"): Way.ADDED,
    ("tools", "rules", "select"): Way.ADDED,
    ("tools", "rules", "ignore"): Way.FEWER,
    ("tools", "pyright", "mode"): Way.STRICTER,
    ("tools", "eslint", "rules"): Way.ADDED,
    ("tools", "eslint", "ignore"): Way.FEWER,
    ("tools", "timeout_s"): Way.SMALLER,
    ("tools", "memory", "enabled"): Way.OFF,
    ("tools", "memory", "examples"): Way.SMALLER,
    ("tools", "input", "chars_max"): Way.SMALLER,
    ("tools", "input", "requests_per_minute"): Way.SMALLER,
}
"""Every setting that a project may touch. `tools.file_bytes_max` is not among them: a smaller
value would hide files from the analyzers."""

_MODES = ("off", "basic", "standard", "strict")


def tightened(below: Layer, *, project: Mapping[KeyPath, Leaf]) -> Layer:
    """Returns the settings below with the project's on top.

    Raises:
        BadConfiguration: the project sets something that is not its to set, or would loosen it.
    """
    for path, leaf in project.items():
        check_key(path, leaf=leaf)
        if path not in TIGHTENABLE and leaf.value is not None:
            reason = "a project may not set this; set it in your own configuration if you want it."
            raise bad(path, leaf=leaf, reason=reason)
    wanted = {path: leaf for path, leaf in project.items() if path in TIGHTENABLE}
    above = {path: _joined(path, leaf, below[path]) for path, leaf in wanted.items()}
    layer, config = merged_and_validated(below, above=above)
    for path, leaf in wanted.items():
        reason = _loosens(path, old=below[path].value, new=_valued(config, path))
        if reason:
            raise bad(path, leaf=leaf, reason=f"a project may only tighten; {reason}")
    return layer


def _joined(path: KeyPath, leaf: Leaf, old: Leaf) -> Leaf:
    if TIGHTENABLE[path] is not Way.ADDED:
        return leaf
    added = cast("list[object] | str", leaf.value)
    if not isinstance(added, list):
        return leaf
    items = [*_items(old.value), *added]
    unique = [item for index, item in enumerate(items) if item not in items[:index]]
    return Leaf(unique, leaf.origin)


def _valued(config: Config, path: KeyPath) -> object:
    value: object = config
    for word in path:
        value = cast("object", getattr(value, word))
    return value


def _loosens(path: KeyPath, *, old: object, new: object) -> str:
    way = TIGHTENABLE[path]
    if way is Way.SMALLER:
        limit = cast("float", old)
        return f"choose at most {limit}." if cast("float", new) > limit else ""
    if way is Way.FEWER:
        extra = [item for item in cast("tuple[str, ...]", new) if item not in _items(old)]
        return f"leave out {', '.join(extra[:5])}." if extra else ""
    if way is Way.OFF:
        return "only false may be set here." if new and not old else ""
    if way is Way.STRICTER:
        position = _MODES.index(str(old))
        allowed = ", ".join(_MODES[position:])
        return f"choose one of: {allowed}." if _MODES.index(str(new)) < position else ""
    return ""


def _items(value: object) -> list[object]:
    return list(cast("list[object]", value))
