"""What analyzers look for, and what each of them is given when it is created."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from playground.domain.ports import Mirror
from playground.security.process import Room, open_room

WANTED = "wanted"
"""The key of a mirror's settings that holds a `Wanted`."""

_ID = re.compile(r"([A-Z]+)([0-9]*)", re.ASCII)
_RULES_KEPT = 1 << 14  # a tree may have a hundred thousand findings, but of few rules


@dataclass(frozen=True, slots=True)
class Selection:
    """Rules chosen by ids or beginnings of ids; the longest one that fits decides.

    Attributes:
        select: what is reported; "ALL" stands for everything.
        ignore: what is not; wins over a `select` of the same length.
    """

    select: tuple[str, ...]
    ignore: tuple[str, ...] = ()

    def covers(self, rule: str) -> bool:
        """Whether findings of this rule are reported."""
        return _longest(self.select, rule) > _longest(self.ignore, rule)


@lru_cache(maxsize=_RULES_KEPT)
def _longest(selectors: tuple[str, ...], rule: str) -> int:
    lengths = (0 if s == "ALL" else len(s) for s in selectors if s == "ALL" or selects(s, rule))
    return max(lengths, default=-1)


@lru_cache(maxsize=_RULES_KEPT)
def selects(selector: str, rule: str) -> bool:
    """Whether a selector is the rule's id or its beginning, as ruff understands it.

    The letters name a family and must be whole: "S" selects "S113" and not "SIM102". "PL" alone
    stands for all four families of pylint.
    """
    if selector == rule:
        return True
    asked, found = _ID.fullmatch(selector), _ID.fullmatch(rule)
    if asked is None or found is None:
        return False
    same_family = asked[1] == found[1] or (selector == "PL" and found[1].startswith("PL"))
    return same_family and found[2].startswith(asked[2])


ESLINT = Selection(("recommended",))
"""What ESLint looks for when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """The rules that are looked for unless a person asks for others.

    Attributes:
        select: ids or beginnings of ids of ruff's rules.
        ignore: the same, taken away again.
        pyright_mode: "off", "basic", "standard" or "strict".
        eslint: names of ESLint's rules; "recommended" stands for what their authors recommend.
        confirm_cold: whether a candidate that servers which stay let pass is analysed once more by
            a new start of the program.
    """

    select: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    pyright_mode: str = "standard"
    eslint: Selection = ESLINT
    confirm_cold: bool = True

    @property
    def selection(self) -> Selection:
        """Ruff's part."""
        return Selection(self.select, self.ignore)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one check is to look for.

    Attributes:
        selections: a rule of ruff is reported if one of these covers it.
        pyright_mode: pyright's level of strictness.
        rules: ids of rules of any tool that are reported besides.
        eslint: names of ESLint's rules, see `RuleProfile`.
    """

    selections: tuple[Selection, ...] = ()
    pyright_mode: str = "standard"
    rules: tuple[str, ...] = ()
    eslint: Selection = ESLINT


def wanted_of(mirror: Mirror) -> Wanted:
    """Returns what the mirror's check is to look for; nothing special if it does not say."""
    wanted = mirror.settings.get(WANTED)
    return wanted if isinstance(wanted, Wanted) else Wanted((Selection(("E9", "F")),))


@dataclass(frozen=True, slots=True)
class AnalyzerContext:
    """What an analyzer is created with.

    Attributes:
        scratch: folder of its own for temporary files; made when it is missing.
        timeout_s: seconds that one check may take.
        room: what to put around its program.
    """

    scratch: Path
    timeout_s: float = 120.0
    room: Room = open_room


@runtime_checkable
class KnowsRules(Protocol):
    """An analyzer that can say which of its rules are meant."""

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the ids that equal or begin with what was asked for; empty if none do."""
        ...

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns what of this matters here: equal values give equal answers."""
        ...
