"""What a change did to findings: which went away, which are new, which stay.

A finding is one before and after if it is about the same code, wherever that stands now and
however it is laid out. Findings are paired from the most certain likeness to the least, each once:

1. the same place in lines that did not change, counted from the file's start or end,
2. the same token, with the same message,
3. the same token in a line that says the same, though the message changed with its neighbours,
4. code that moved word for word to another function or file, with the same message,
5. the few tokens that replaced the ones that it was about, or a place inside of its range,
6. a message that names its subject, in the same function, where neither line was there before.

Numbers in messages do not matter, nor do names that the change replaced everywhere. Nothing is
ever paired by rule and number alone: a change could mend one finding and bring in another.

What an analyzer could not see before, because the file had a syntax error, and reports now about
lines that did not change, was there before; everything else that has no partner is new.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from playground.analyzers.gate.matching.places import Place, Places
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, masked
from playground.domain.lexing import Language, language_of
from playground.domain.syntax import parse

_SYNTAX = re.compile(r"invalid-syntax|syntax-error|pars(?:e|ing)-error|E999|TS1\d{3}")
# Of TypeScript's errors about files and syntax those of its parser: the others hide nothing.
_UNPARSED = re.compile(
    r"syntax-error|pars(?:e|ing)-error|TS1(?:00[2-9]|01[0-2]|03[45]|06[89]|078|085|109|110|12[1-9]"
    r"|13\d|14[0-6]|16[01]|18[125]|19[89]|35[1-9]|38[12]|389|390|43[4-9]|44[0-4])"
)
_QUOTED = re.compile(r"[`'\"]([^\W\d]\w*)[`'\"]")
_WEIGHT_AT_HOME, _WEIGHT_ELSEWHERE = 1, 2


@dataclass(frozen=True, slots=True)
class Delta:
    """The outcome of a comparison.

    Attributes:
        fixed: findings of the base that the change no longer has.
        added: findings that the base does not have.
        kept: pairs of a finding before and after.
        revealed: findings of lines that did not change, which a syntax error of the base hid.
    """

    fixed: tuple[Finding, ...]
    added: tuple[Finding, ...]
    kept: tuple[tuple[Finding, Finding], ...]
    revealed: tuple[Finding, ...] = ()


def match(
    before: Iterable[Finding],
    after: Iterable[Finding],
    *,
    old: Mapping[str, str],
    new: Mapping[str, str],
) -> Delta:
    """Compares the findings of one tool in the same files before and after a change.

    Args:
        before: findings of the base.
        after: findings of the changed tree.
        old: texts of the base by path.
        new: texts of the changed tree by path.
    """
    pairing = _Pairing(list(before), list(after))
    _pair_at_the_ends(pairing, old, new)
    if pairing.left and pairing.right:
        places = Places(old, new)
        _pair_by_place(pairing, places)
        _pair_what_moved(pairing, places)
        _pair_what_was_rewritten(pairing, places)
    revealed = _revealed(pairing, old, new)
    hidden = {id(finding) for finding in revealed}
    added = tuple(finding for finding in pairing.right if id(finding) not in hidden)
    return Delta(tuple(pairing.left), added, tuple(pairing.kept), tuple(revealed))


_Key = Callable[[Finding], Hashable]


@dataclass
class _Pairing:
    """Findings that wait for their partner, and the pairs."""

    left: list[Finding]
    right: list[Finding]
    kept: list[tuple[Finding, Finding]] = field(default_factory=list[tuple[Finding, Finding]])

    def pair(self, key_before: _Key, key_after: _Key, *, alone: bool = False) -> None:
        """Pairs what has equal keys in order; a key of None has no equal.

        Args:
            key_before: of a finding of the base.
            key_after: of a finding of the changed tree.
            alone: whether a key must be the only one of its kind on both sides.
        """
        groups: defaultdict[Hashable, tuple[list[Finding], list[Finding]]]
        groups = defaultdict(lambda: ([], []))
        for side, findings, key_of in ((0, self.left, key_before), (1, self.right, key_after)):
            for finding in findings:
                key = key_of(finding)
                if key is not None:
                    groups[key][side].append(finding)
        found = [
            pair
            for was, now in groups.values()
            if not alone or len(was) == len(now) == 1
            for pair in zip(was, now, strict=False)
        ]
        self.kept += found
        taken = {id(finding) for pair in found for finding in pair}
        self.left = [finding for finding in self.left if id(finding) not in taken]
        self.right = [finding for finding in self.right if id(finding) not in taken]


def _pair_at_the_ends(pairing: _Pairing, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Pairs findings of lines before the first and after the last line that changed.

    Where two functions changed places, equal lines at the end may belong to either; so the symbol
    has to be the same.
    """
    paths = {finding.path for finding in pairing.left}
    ends = {path: _equal_ends(old.get(path, ""), new.get(path, "")) for path in paths}

    def before(finding: Finding) -> Hashable:
        head, tail, shift = ends[finding.path]
        first, last = finding.span.start_line, finding.span.end_line
        if last <= head:
            return _exactly(finding, shift=0)
        return _exactly(finding, shift=shift) if first > tail else None

    pairing.pair(before, lambda finding: _exactly(finding, shift=0))


def _equal_ends(old: str, new: str) -> tuple[int, int, int]:
    """Returns the last equal line from the top, the last unequal one, and how far the rest moved.

    Lines count from 1, those of the text before.
    """
    if old == new:
        count = old.count("\n") + 1
        return count, count, 0
    before, after = split_lines(old), split_lines(new)
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return head, len(before) - tail, len(after) - len(before)


def _exactly(finding: Finding, *, shift: int) -> Hashable:
    span = finding.span
    lines = span.start_line + shift, span.end_line + shift
    columns = span.start_column, span.end_column
    return (finding.path, finding.symbol), finding.rule, lines, columns, masked(finding.message)


def _pair_by_place(pairing: _Pairing, places: Places) -> None:
    def said(place: Place | None, finding: Finding, *, message: str, exact: bool) -> Hashable:
        if place is None:
            return None
        within = place.within if exact else 0
        return place.path, place.token, within, finding.rule, masked(message)

    for exact in (True, False):
        pairing.pair(
            lambda f, exact=exact: said(places.later(f), f, message=places.message(f), exact=exact),
            lambda f, exact=exact: said(places.now(f), f, message=f.message, exact=exact),
        )
    pairing.pair(
        lambda f: _token(places.unchanged(f), f),
        lambda f: _token(places.now(f), f),
        alone=True,
    )


def _token(place: Place | None, finding: Finding) -> Hashable:
    return None if place is None else (place.path, place.token, finding.rule)


def _pair_what_moved(pairing: _Pairing, places: Places) -> None:
    def landed(finding: Finding, *, least: int, symbol: bool) -> Hashable:
        landing = places.landing(finding)
        if landing is None or landing.weight < least:
            return None
        name = places.symbol(finding) if symbol else ""
        return (*(landing.path, landing.token, name), finding.rule, masked(finding.message))

    def stands(finding: Finding, *, symbol: bool) -> Hashable:
        place, name = places.now(finding), finding.symbol if symbol else ""
        return (*(place.path, place.token, name), finding.rule, masked(finding.message))

    for least, symbol in ((_WEIGHT_AT_HOME, True), (_WEIGHT_ELSEWHERE, False)):
        pairing.pair(
            lambda f, least=least, symbol=symbol: landed(f, least=least, symbol=symbol),
            lambda f, symbol=symbol: stands(f, symbol=symbol),
        )


def _pair_what_was_rewritten(pairing: _Pairing, places: Places) -> None:
    pairing.pair(places.gap_left, places.gap_taken, alone=True)
    pairing.pair(places.range_left, places.range_taken, alone=True)
    pairing.pair(
        lambda f: places.subject_left(f) if _QUOTED.search(f.message) else None,
        lambda f: places.subject_taken(f) if _QUOTED.search(f.message) else None,
        alone=True,
    )


def _revealed(pairing: _Pairing, old: Mapping[str, str], new: Mapping[str, str]) -> list[Finding]:
    """Returns what a syntax error of the base hid and the change did not bring about.

    Whether a name is missed, or not used any more, because the change took it away cannot be told
    where the base could not be read, so what quotes such a name is never taken for hidden.
    """
    every = [*pairing.left, *(before for before, _ in pairing.kept)]
    reported = {finding.path for finding in every if _UNPARSED.fullmatch(finding.rule)}
    candidates = [f for f in pairing.right if f.path in old and not _SYNTAX.fullmatch(f.rule)]
    broken = {
        path
        for path in {f.path for f in candidates}
        if _was_blind(path, reported=path in reported, old=old[path], new=new.get(path, ""))
    }
    hidden = [finding for finding in candidates if finding.path in broken]
    if not hidden:
        return []
    places = Places(old, new)
    return [
        finding
        for finding in hidden
        if places.stood_before(finding)
        and places.lost_names(finding.path).isdisjoint(_QUOTED.findall(finding.message))
    ]


def _was_blind(path: str, *, reported: bool, old: str, new: str) -> bool:
    """Whether a file could not be read before and was changed; for Python, so that it can be."""
    if old == new:
        return False
    if language_of(path) is Language.PYTHON:
        return parse(old) is None and parse(new) is not None
    return reported
