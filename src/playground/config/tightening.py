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
from playground.config.spending import limit_keys, tighter
from playground.config.validation import check_key, merged_and_validated


class Way(Enum):
    """In which direction a project may move a setting."""

    SMALLER = auto()
    ADDED = auto()
    FEWER = auto()
    OFF = auto()
    STRICTER = auto()


TIGHTENABLE: Mapping[KeyPath, Way] = {
    ("model", "budgets", "tokens_per_day"): Way.SMALLER,
    ("model", "budgets", "tokens_per_session"): Way.SMALLER,
    ("model", "budgets", "money_per_day"): Way.SMALLER,
    ("model", "budgets", "money_per_session"): Way.SMALLER,
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
    ("cycles", "proposals_ahead_max"): Way.SMALLER,
    ("cycles", "built_in_recipes"): Way.OFF,
    ("tools", "analyzers"): Way.ADDED,
    ("tools", "rules", "select"): Way.ADDED,
    ("tools", "rules", "ignore"): Way.FEWER,
    ("tools", "pyright", "mode"): Way.STRICTER,
    ("tools", "eslint", "rules"): Way.ADDED,
    ("tools", "eslint", "ignore"): Way.FEWER,
    ("tools", "timeout_s"): Way.SMALLER,
    ("tools", "memory", "enabled"): Way.OFF,
    ("tools", "memory", "examples"): Way.SMALLER,
    ("tools", "memory", "untrusted"): Way.ADDED,
    ("tools", "input", "chars_max"): Way.SMALLER,
    ("tools", "input", "requests_per_minute"): Way.SMALLER,
}
"""Every setting that a project may touch, beside the limits of engines that are configured already.
`tools.file_bytes_max` is not among them: a smaller value would hide files from the analyzers."""

_MODES = ("off", "basic", "standard", "strict")


def tightened(below: Layer, *, project: Mapping[KeyPath, Leaf]) -> Layer:
    """Returns the settings below with the project's on top.

    Raises:
        BadConfiguration: the project sets something that is not its to set, or would loosen it.
    """
    ways = {path: _way(path, below) for path in project}
    for path, leaf in project.items():
        check_key(path, leaf=leaf)
        if ways[path] is None and leaf.value is not None:
            reason = "a project may not set this; set it in your own configuration if you want it."
            raise bad(path, leaf=leaf, reason=reason)
    wanted = [(path, way, project[path]) for path, way in ways.items() if way is not None]
    unset = Leaf(None, "nowhere")
    olds = {path: below.get(path, unset) for path, _, _ in wanted}
    above = {path: _joined(way, leaf, olds[path]) for path, way, leaf in wanted}
    layer, config = merged_and_validated(below, above=above)
    for path, way, leaf in wanted:
        reason = _loosens(way, old=olds[path].value, new=_valued(config, path))
        if reason:
            raise bad(path, leaf=leaf, reason=f"a project may only tighten; {reason}")
    return layer


def _way(path: KeyPath, below: Layer) -> Way | None:
    """Returns how a project may move a setting, None when it may not."""
    is_limit = path[:2] == ("model", "engines") and path[3:4] == ("limits",) and len(path) == 5
    if is_limit and (*path[:3], "kind") in below and path[4] in limit_keys():
        return Way.SMALLER
    return TIGHTENABLE.get(path)


def _joined(way: Way, leaf: Leaf, old: Leaf) -> Leaf:
    if way is not Way.ADDED:
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
        if isinstance(value, Mapping):
            value = cast("Mapping[str, object]", value)[word]
        else:
            value = cast("object", getattr(value, word))
    return value


def _loosens(way: Way, *, old: object, new: object) -> str:
    if way is Way.SMALLER:
        return "" if tighter(old, new) else f"choose at most {old}."
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
