"""What the repair of each rule consists of, as `footprints.toml` says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict, cast

AGAIN = "again"
RETYPED = "~"
PYTHON, SCRIPTS = "footprints.toml", "scripts.toml"


class _Row(TypedDict, total=False):
    ids: list[str]
    lose: list[str]
    gain: list[str]
    need: list[str]
    known: list[str]
    renames: bool
    helps: bool
    spelling: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A choice of words.

    Attributes:
        single: words, and `again` and `~`.
        begins: beginnings of words.
        but: words that are no part of it.
        but_begins: beginnings of such words.
    """

    single: frozenset[str]
    begins: tuple[str, ...]
    but: frozenset[str]
    but_begins: tuple[str, ...]

    def __contains__(self, word: object) -> bool:
        """Whether a word belongs to it."""
        if word in self.single:
            return True
        text = str(word)
        if text in self.but or text.startswith(self.but_begins):
            return False
        return text.startswith(self.begins)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a repair of some rules may change.

    Attributes:
        ids: beginnings of rules.
        lose: words that may go.
        gain: words that may come.
        need: words of which at least one has to come.
        needed: the same as written, empty if nothing has to come.
        known: words that may come if the file bears them out.
        renames: whether the repair is another name for a value.
        helps: whether a new private function may do it.
        spelling: whether what goes and what comes are nearly the same name.
    """

    ids: tuple[str, ...]
    lose: Words
    gain: Words
    need: Words
    needed: tuple[str, ...]
    known: Words
    renames: bool
    helps: bool
    spelling: bool


@cache
def asked_by(rule: str, *, table: str = PYTHON) -> Footprint | None:
    """Returns the footprint with the longest beginning of this rule's id, None without one."""
    best, length = None, 0
    for footprint in footprints(table):
        for begin in footprint.ids:
            if rule.startswith(begin) and len(begin) > length:
                best, length = footprint, len(begin)
    return best


@cache
def footprints(table: str = PYTHON) -> tuple[Footprint, ...]:
    """Returns all footprints of a table in their order."""
    text = files(__package__ or "").joinpath(table).read_text("utf-8")
    read = tomllib.loads(text)
    named = cast("Mapping[str, Sequence[str]]", read["words"])
    return tuple(_footprint(row, named) for row in cast("Sequence[_Row]", read["rule"]))


def _footprint(row: _Row, named: Mapping[str, Sequence[str]]) -> Footprint:
    lose, gain, need, known = (
        tuple(_spelled(words, named))
        for words in (
            row.get("lose", ()), row.get("gain", ()), row.get("need", ()), row.get("known", ())
        )
    )  # fmt: skip
    return Footprint(
        ids=tuple(row.get("ids", ())),
        lose=_words(lose),
        gain=_words(gain),
        need=_words(need),
        needed=need,
        known=_words(known),
        renames=row.get("renames", False),
        helps=row.get("helps", False),
        spelling=row.get("spelling", False),
    )


def _spelled(words: Iterable[str], named: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for word in words:
        if word.startswith("@"):
            yield from _spelled(named[word[1:]], named)
        else:
            yield word


def _words(spelled: Sequence[str]) -> Words:
    but = [word[1:] for word in spelled if word.startswith("!")]
    words = [word for word in spelled if not word.startswith("!")]
    return Words(
        frozenset(word for word in words if not word.endswith("*")),
        tuple(word[:-1] for word in words if word.endswith("*")),
        frozenset(word for word in but if not word.endswith("*")),
        tuple(word[:-1] for word in but if word.endswith("*")),
    )
