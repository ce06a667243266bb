"""Facts about one changed script, as the worker states them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from playground.analyzers.gate.footprints.beyond import CODE
from playground.analyzers.gate.footprints.scripts import Steps, steps
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, normalised
from playground.domain.verdicts import How, Objection, RiskTier

_SUPPRESSING = frozenset({"dodge:suppression"})
_DELETING = frozenset({"dodge:stub", "dodge:deleted", "dodge:guard-removed", "dodge:test-removed"})
_TEXT_CHARS_MAX = 400


class Unreadable(Exception):
    """A worker's answer is not what a worker says; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function or class by its qualified name, with its lines from 1, the last one included."""

    name: str
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """What the syntax of a file before and after a change says.

    Attributes:
        comparable: whether both sides parse.
        intake: what forbids giving the changed text to any analyzer.
        dodges: ways to make a finding go away that repair nothing, at most one for each code.
        broken: sentences about exports that callers would trip over.
        imports: modules that only the changed text names.
        symbols: functions and classes before and after.
        tier: how much of the behaviour is provably unchanged.
        evidence: sentences about what is.
    """

    comparable: bool
    intake: tuple[Objection, ...] = ()
    dodges: tuple[Objection, ...] = ()
    broken: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    symbols: tuple[tuple[Symbol, ...], tuple[Symbol, ...]] = ((), ())
    tier: RiskTier = RiskTier.D
    evidence: tuple[str, ...] = ()

    def how(self, finding: Finding, *, before: str, after: str) -> How:
        """Says how a finding of this file that is gone went away.

        Args:
            finding: as it was reported before.
            before: the text before.
            after: the text afterwards.
        """
        codes = {objection.code for objection in self.dodges}
        if "dodge:config" in codes:
            return How.CONFIG_WEAKENED
        if not self.comparable:
            return How.UNKNOWN
        if codes & _SUPPRESSING:
            return How.SUPPRESSED
        if codes & _DELETING:
            return How.DELETED
        if codes - {CODE}:
            return How.LAUNDERED
        if self._moved(finding, before, after):
            return How.MOVED
        return How.LAUNDERED if codes else How.REPAIRED

    def _moved(self, finding: Finding, before: str, after: str) -> bool:
        """Whether the finding's line left its function or class and now stands in another one."""
        line = normalised(finding.line_text)
        if not line:
            return False
        old = _symbols_of(line, before, self.symbols[0])
        new = _symbols_of(line, after, self.symbols[1])
        return bool(old) and not old & new and bool(new - old)


def _symbols_of(line: str, text: str, symbols: tuple[Symbol, ...]) -> set[str]:
    found: set[str] = set()
    for number, content in enumerate(split_lines(text), start=1):
        if normalised(content) == line:
            around = [s.name for s in symbols if s.start_line <= number <= s.end_line]
            found.add(around[-1] if around else "")
    return found


def facts_in(answer: object, *, rule: str = "") -> ScriptFacts:
    """Returns the facts in one file's part of a worker's answer.

    Args:
        answer: that part.
        rule: id of the rule that the change is meant to repair, "" for none.

    Raises:
        Unreadable: the answer is not what a worker says.
    """
    table = _table(answer)
    symbols = _table(table.get("symbols"))
    return ScriptFacts(
        comparable=table.get("comparable") is True,
        intake=tuple(_objection(item) for item in _list(table.get("intake"))),
        dodges=(
            *(_objection(item) for item in _list(table.get("dodges"))),
            *_beyond(table.get("steps"), rule),
        ),
        broken=tuple(_text(item) for item in _list(table.get("broken"))),
        imports=tuple(_text(item) for item in _list(table.get("imports"))),
        symbols=(_symbols(symbols.get("before")), _symbols(symbols.get("after"))),
        tier=_tier(_text(table.get("tier"))),
        evidence=tuple(_text(item) for item in _list(table.get("evidence"))),
    )


def _beyond(value: object, rule: str) -> Iterator[Objection]:
    """Yields what the change does beyond its rule; what could not be followed is left to others."""
    if value is not None:
        table = _table(value)
        lost, gained, kept, seen = (
            tuple(_text(item) for item in _list(table.get(name)))
            for name in ("lost", "gained", "kept", "seen")
        )
        yield from steps(Steps(lost, gained, kept, seen), rule=rule)


def _tier(text: str) -> RiskTier:
    if text not in set(RiskTier):
        raise Unreadable(f"the tier {text[:9]!r}")
    return RiskTier(text)


def _objection(item: object) -> Objection:
    table = _table(item)
    return Objection(_text(table.get("code")), _text(table.get("message")))


def _symbols(value: object) -> tuple[Symbol, ...]:
    found: list[Symbol] = []
    for item in _list(value):
        match _list(item):
            case [str(name), int(start), int(end)]:
                found.append(Symbol(name, start, end))
            case _:
                raise Unreadable("a symbol without its lines")
    return tuple(found)


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unreadable("no table")
    return cast("dict[str, object]", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Unreadable("no list")
    return cast("list[object]", value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unreadable("no text")
    return " ".join(value.split())[:_TEXT_CHARS_MAX]
