"""Episodes as rows of a table, and texts made fit for any storage and any search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any, cast

from playground.domain.edit_shapes import edit_shape
from playground.domain.episodes import Episode
from playground.security.secrets import redact, redact_hunks

COLUMNS = tuple(field.name for field in fields(Episode))
"""The columns that together are an episode."""

TEXT_CHARS_MAX = 20_000
QUERY_CHARS_MAX = 8_000
WORDS_MAX = 64
WORD_CHARS_MAX = 40

_SCRUBBED = ("goal", "message", "rule_summary", "path", "before", "after", "diff", "reason")
_WORD = re.compile(r"\w+")


def storable(text: str) -> str:
    """Returns the text with characters that UTF-8 cannot hold spelt as escapes.

    Different texts stay different: whose episodes are recalled where depends on the root.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def scrubbed(episode: Episode) -> Episode:
    """Returns the episode as it may be stored: without secrets, every text storable."""
    values = columns(episode)
    values["diff"] = redact_hunks(episode.diff, texts=(episode.before, episode.after))
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = storable(value)
    for name in _SCRUBBED:
        values[name] = redact(cast("str", values[name]))
    return Episode(**cast("dict[str, Any]", values))


def columns(episode: Episode) -> dict[str, object]:
    """Returns the episode's values by column."""
    return {name: getattr(episode, name) for name in COLUMNS}


def searchable(episode: Episode) -> str:
    """Returns the text that is embedded and searched, cut to a bearable length."""
    return episode.text[:TEXT_CHARS_MAX]


def row(episode: Episode, *, vector: Sequence[float] | None) -> dict[str, object]:
    """Returns the table's row of a scrubbed episode; without a vector it waits for one."""
    waiting = {"vector": vector, "embedded": vector is not None}
    return {**columns(episode), "text": searchable(episode), **waiting}


def carried(
    batches: Iterable[Sequence[Mapping[str, object]]], *, vectors: bool
) -> Iterator[list[dict[str, object]]]:
    """Returns batches of rows of the newest schema for rows of any older one.

    Args:
        batches: rows with their vectors.
        vectors: whether these may be kept.
    """
    for batch in batches:
        yield [
            row(
                episode(values),
                vector=cast("Sequence[float] | None", values["vector"]) if vectors else None,
            )
            for values in batch
        ]


def episode(values: Mapping[str, object]) -> Episode:
    """Returns the episode of a row; columns that are no part of an episode are passed over.

    What an older version did not store yet has its default; the shape follows from the texts.
    """
    known = {name: values[name] for name in COLUMNS if name in values}
    read = Episode(**cast("dict[str, Any]", known))
    return read if "shape" in known else replace(read, shape=edit_shape(read.before, read.after))


def words(text: str) -> str:
    """Returns the distinct words of a query, at most 64 of at most 40 characters each.

    What is left has no punctuation, so no search engine can take any of it for an operator.
    """
    return " ".join(islice(_distinct(text), WORDS_MAX))


def _distinct(text: str) -> Iterator[str]:
    seen: set[str] = set()
    for match in _WORD.finditer(text[:QUERY_CHARS_MAX]):
        word = storable(match.group().lower())
        if len(word) <= WORD_CHARS_MAX and word not in seen:
            seen.add(word)
            yield word
