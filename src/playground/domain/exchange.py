"""Episodes as lines of JSON, to be kept, moved and read again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, replace
from typing import Any, cast

from playground.domain.edit_shapes import edit_shape
from playground.domain.episodes import Episode
from playground.domain.errors import BadInput

FORMAT = 1
"""Version of the form; raised when an older reader would misread a newer text."""
LINE_CHARS_MAX = 32_000_000
"""Longer than any that is written: a region before, after and as a diff, each character escaped."""
OUTCOMES = frozenset({"approved", "amended", "rejected", "undone", "gave_up"})

_TYPES: Mapping[str, type] = {"str": str, "float": float, "bool": bool}


def episode_line(episode: Episode) -> str:
    """Returns the episode as one line with its end; lone surrogates are escaped."""
    value = {"format": FORMAT, "episode": asdict(episode)}
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


def read_episode(line: str) -> Episode:
    """Returns the episode that `episode_line` was given.

    What an older version did not write has its default; the shape is never believed but follows
    from the texts.

    Raises:
        BadInput: it is none, or a newer version wrote it.
    """
    if len(line) > LINE_CHARS_MAX:
        raise BadInput(f"it is longer than {LINE_CHARS_MAX} characters")
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"it is no JSON ({error})") from error
    held = _mapping(value)
    if held.get("format") != FORMAT:
        raise BadInput(f"its format is {held.get('format')!r} and not {FORMAT}; update Playground")
    episode = _episode(_mapping(held.get("episode")))
    return replace(episode, shape=edit_shape(episode.before, episode.after))


def _episode(values: Mapping[str, object]) -> Episode:
    read: dict[str, Any] = {}
    for field in fields(Episode):
        value = values.get(field.name, field.default)
        if field.type == "float":
            value = _number(value)
        if value is MISSING or type(value) is not _TYPES[cast("str", field.type)]:
            raise BadInput(f"its {field.name!r} is missing or of a wrong type")
        read[field.name] = value
    if unknown := sorted(values.keys() - read.keys()):
        raise BadInput(f"it has the unknown field {unknown[0]!r}")
    episode = Episode(**read)
    if not episode.id or episode.outcome not in OUTCOMES:
        raise BadInput("it needs an id, and an outcome that is known")
    return episode


def _number(value: object) -> object:
    """Returns whole numbers as the others; what no clock can say stays what it is not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadInput("it is no JSON object with an episode")
    return cast("Mapping[str, object]", value)
