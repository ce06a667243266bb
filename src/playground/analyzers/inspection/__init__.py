"""Analyzers of our own that look at texts in this process, without a program and without a parser.

Whatever a text holds, what they do is linear in its length: searches for bounded patterns and
nothing else. The deadline is looked at between files, each of which is of bounded size.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from playground import __version__, prompts
from playground.analyzers.reporting import RawFinding, findings_of, text_of
from playground.domain.changes import split_lines
from playground.domain.findings import Severity, Span, TextEdit, ToolFix
from playground.domain.ports import Mirror, RuleCard
from playground.domain.verdicts import Check, CheckStatus
from playground.security.reading import SOURCES

SUFFIXES = frozenset(SOURCES)
"""File name endings of every kind that is mirrored."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One thing in a text that an inspector objects to.

    Attributes:
        rule: its id.
        message: one line about it.
        start: index of its first character.
        end: index after its last one.
        severity: how bad it is.
        removal: "safe" or "unsafe" where leaving the characters out is a repair, "" where not.
    """

    rule: str
    message: str
    start: int
    end: int
    severity: Severity
    removal: str = ""


class Inspector(Protocol):
    """Looks at one text."""

    def __call__(self, path: str, *, text: str) -> Iterable[Spot]:
        """Returns what it objects to; the path tells the language."""
        ...


class Positions:
    """Turns indices of a text into lines and columns, both counted from 1 and in code points."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(map(len, split_lines(text)))]

    def span(self, start: int, end: int) -> Span:
        """Returns the range between two indices."""
        return Span(*self._place(start), *self._place(end))

    def _place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self._starts, index) - 1
        # An index behind the last character lies on the last line, which may have no line end.
        line = min(line, max(0, len(self._starts) - 2))
        return line + 1, index - self._starts[line] + 1


def inspected(
    tool: str, *, mirror: Mirror, paths: Sequence[str], look: Inspector, timeout_s: float
) -> Check:
    """Returns what an inspector objects to in files of a mirror.

    Args:
        tool: the analyzer's name.
        mirror: the tree.
        paths: the files.
        look: the inspector.
        timeout_s: seconds after which the rest of the files gets no answer.
    """
    began = time.monotonic()
    raw: list[RawFinding] = []
    status, detail = CheckStatus.OK, ""
    for path in (p for p in paths if p.endswith(SOURCES)):
        if time.monotonic() - began > timeout_s:
            status = CheckStatus.TIMEOUT
            detail = f"{tool} took too long and stopped at {path}; analyse fewer files."
            break
        text = text_of(mirror, path)
        spots = list(look(path, text=text))
        if spots:
            positions = Positions(text)
            raw += [_finding(spot, path, positions) for spot in spots]
    findings = findings_of(tool, raw=raw, mirror=mirror)
    return Check(tool, __version__, status, findings, detail, time.monotonic() - began)


def _finding(spot: Spot, path: str, positions: Positions) -> RawFinding:
    span = positions.span(spot.start, spot.end)
    edits = (TextEdit(span, ""),)
    fix = ToolFix(spot.removal, "Leave the characters out", edits) if spot.removal else None
    return RawFinding(spot.rule, spot.message, path, span, spot.severity, fix)


def rules_like(asked: str, *, rules: Iterable[str]) -> tuple[str, ...]:
    """Returns the rule that was asked for, or those of the family, such as "text" or "text-b"."""
    known = sorted(rules)
    if asked in known:
        return (asked,)
    return tuple(rule for rule in known if asked and rule.startswith(asked))


def card_of(tool: str, rule: str) -> RuleCard:
    """Returns the card of a rule from the texts that we ship, empty ones when it is unknown."""
    text = prompts.rule_text(tool, rule)
    if text is None:
        return RuleCard(tool, rule, "", "", "", "", "")
    name = rule.partition("-")[2]
    return RuleCard(
        tool, rule, name, text["summary"], text["why"], text["example"], text["instead"]
    )
