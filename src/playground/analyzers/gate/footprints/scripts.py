"""What a change of a script does beyond the repair of its rule; a worker reads the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from playground.analyzers.gate.footprints.asked import SCRIPTS, asked_by
from playground.analyzers.gate.footprints.beyond import CODE, Difference, said
from playground.domain.verdicts import Objection

_ALIKE_MIN = 0.6


@dataclass(frozen=True, slots=True)
class Steps:
    """What two states of a script do differently.

    Attributes:
        lost: words that are gone.
        gained: words that are new.
        kept: all words of the new state.
        seen: those of the new ones that the file had elsewhere.
    """

    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def steps(found: Steps, *, rule: str) -> Iterator[Objection]:
    """Yields at most two objections: a step that is none of the rule's repair, and a guess.

    Args:
        found: how the change differs.
        rule: id of the rule that it is meant to repair, with its plugin's name or without.
    """
    name = rule.rpartition("/")[2]
    row = asked_by(name, table=SCRIPTS) if name else None
    if row is None:
        return
    difference = Difference(Counter(found.lost), Counter(found.gained), Counter(found.kept))
    message = said(difference, row=row, rule=name)
    if not message and row.spelling and not _alike(found):
        message = "The name that comes is none that the one that goes could be meant for."
    if message:
        yield Objection(CODE, message)
    guessed = {word for word in found.gained if word in row.known} - {*found.seen}
    if guessed:
        message = f"Nothing in this file speaks of `{min(guessed)}`; do not make it up."
        yield Objection("dodge:invented", message)


def _alike(found: Steps) -> bool:
    """Whether each name that goes has one that comes and is written nearly like it."""
    came = [*_names(found.gained)]
    return all(
        any(SequenceMatcher(None, was, now).ratio() >= _ALIKE_MIN for now in came)
        for was in _names(found.lost)
    )


def _names(words: Iterable[str]) -> Iterator[str]:
    return (word.rpartition(" ")[2].lstrip(".") for word in words)
