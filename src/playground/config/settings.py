"""Settings as leaves: one value with the place it comes from, under a path of words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from playground.domain.errors import BadConfiguration
from playground.security.scrubbing import HIDDEN, Scrubber, is_secret_name

SECTIONS = ("model", "cycles", "tools")

KeyPath = tuple[str, ...]

_SHOWN_CHARS = 80
_JOURNAL_URL = ("tools", "journal", "url")
_LOGIN = re.compile(r"(?<=://).*@", re.DOTALL)
_PARAMETERS = re.compile(r"\?.*", re.DOTALL)
_SCRUBBER = Scrubber()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value (scalar, list or None) and where it comes from, such as a file and its line."""

    value: object
    origin: str


Layer = dict[KeyPath, Leaf]


def dotted(path: KeyPath) -> str:
    """Returns the path as it is written in flags and messages, made safe to be shown."""
    text = ".".join(word if word.isprintable() else ascii(word)[1:-1] for word in path)
    return text if len(text) <= 2 * _SHOWN_CHARS else text[: 2 * _SHOWN_CHARS] + "…"


def is_secret(path: KeyPath) -> bool:
    """Whether a setting of this name would hold a secret itself."""
    return any(is_secret_name(word) for word in path)


def hidden(path: KeyPath, *, value: object) -> object:
    """Returns the value with secrets hidden."""
    if value is not None and is_secret(path):
        return HIDDEN
    if isinstance(value, str) and path == _JOURNAL_URL:
        # also a password that is written as no URL allows, or where none belongs
        value = _PARAMETERS.sub("?…", _LOGIN.sub(f"{HIDDEN}@", value))
    if isinstance(value, str):
        return _SCRUBBER.text(value)
    if isinstance(value, list | tuple):
        return [hidden(path, value=item) for item in cast("list[object]", value)]
    return value


def _shortened(value: object) -> object:
    if isinstance(value, str) and len(value) > _SHOWN_CHARS:
        return value[:_SHOWN_CHARS] + "…"
    if isinstance(value, list):
        items = [_shortened(item) for item in cast("list[object]", value)]
        return items if len(repr(items)) <= 2 * _SHOWN_CHARS else [*items[:3], "…"]
    return value


def bad(path: KeyPath, *, leaf: Leaf, reason: str) -> BadConfiguration:
    """Returns the error about a setting; secrets in its value are hidden."""
    value = _shortened(hidden(path, value=leaf.value))
    return BadConfiguration(dotted(path), value=value, origin=leaf.origin, reason=reason)


def merge(below: Mapping[KeyPath, Leaf], *, above: Mapping[KeyPath, Leaf]) -> Layer:
    """Returns both layers as one; what stands above wins.

    A group that is written without members changes nothing. An engine whose kind is given anew
    loses the options that lower layers gave it, because they belong to the other kind.
    """
    result = dict(below)
    for path, leaf in above.items():
        old = result.get(path)
        is_kind = path[:2] == ("model", "engines") and path[3:] == ("kind",)
        if is_kind and old is not None and old.value != leaf.value:
            result = {p: kept for p, kept in result.items() if p[:3] != path[:3]}
    for path, leaf in above.items():
        members = [p for p in result if len(p) > len(path) and p[: len(path)] == path]
        if members and leaf.value is None:
            continue
        for member in members:
            del result[member]
        for length in range(1, len(path)):
            result.pop(path[:length], None)
        result[path] = leaf
    return result


def nested(layer: Mapping[KeyPath, Leaf]) -> dict[str, object]:
    """Returns the layer as nested dictionaries."""
    tree: dict[str, object] = {section: {} for section in SECTIONS}
    for path, leaf in layer.items():
        group = tree
        for word in path[:-1]:
            inner = group.setdefault(word, {})
            if not isinstance(inner, dict):
                inner = group[word] = {}
            group = cast("dict[str, object]", inner)
        group[path[-1]] = leaf.value
    return tree
