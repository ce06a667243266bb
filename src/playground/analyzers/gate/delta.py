"""What a change did to findings: which went away, which are new, which stay.

Lines move, so findings are paired by a cascade from the most certain likeness to the least, and a
finding is paired once at most:

1. the same rule, column and message on the line that a line comparison maps to,
2. the same rule in the same symbol on a line with the same text,
3. the same rule on a line with the same text,
4. the same rule and message in the same symbol.

Numbers in messages are masked. Counts alone would be a poor measure: a change could mend one
finding and bring in another of the same rule elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from playground.domain.aligning import matching_blocks
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, masked, normalised

_Key = Callable[[Finding], Hashable]


@dataclass(frozen=True, slots=True)
class Delta:
    """The outcome of a comparison.

    Attributes:
        fixed: findings of the base that the change no longer has.
        added: findings that the base does not have.
        kept: pairs of a finding before and after.
    """

    fixed: tuple[Finding, ...]
    added: tuple[Finding, ...]
    kept: tuple[tuple[Finding, Finding], ...]


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
    left, right = list(before), list(after)
    kept: list[tuple[Finding, Finding]] = []
    lines = {path: _line_map(old.get(path, ""), new[path]) for path in _paths(right, new)}

    def mapped(finding: Finding) -> Hashable:
        line = lines.get(finding.path, {}).get(finding.span.start_line)
        return _place(finding, line) if line is not None else ("unmapped", id(finding))

    def placed(finding: Finding) -> Hashable:
        return _place(finding, finding.span.start_line)

    stages: tuple[tuple[_Key, _Key], ...] = (
        (mapped, placed),
        (_in_symbol_on_line, _in_symbol_on_line),
        (_on_line, _on_line),
        (_in_symbol, _in_symbol),
    )
    for key_before, key_after in stages:
        left, right = _pair(left, right, keys=(key_before, key_after), into=kept)
    return Delta(tuple(left), tuple(right), tuple(kept))


def _paths(findings: Sequence[Finding], texts: Mapping[str, str]) -> set[str]:
    return {finding.path for finding in findings if finding.path in texts}


def _place(finding: Finding, line: int) -> Hashable:
    column = finding.span.start_column
    return finding.path, finding.rule, line, column, masked(finding.message)


def _in_symbol_on_line(finding: Finding) -> Hashable:
    return finding.path, finding.rule, finding.symbol, normalised(finding.line_text)


def _on_line(finding: Finding) -> Hashable:
    return finding.path, finding.rule, normalised(finding.line_text)


def _in_symbol(finding: Finding) -> Hashable:
    return finding.path, finding.rule, finding.symbol, masked(finding.message)


def _pair(
    left: list[Finding],
    right: list[Finding],
    *,
    keys: tuple[_Key, _Key],
    into: list[tuple[Finding, Finding]],
) -> tuple[list[Finding], list[Finding]]:
    """Pairs what has equal keys, in order, and returns what is left of both sides."""
    waiting: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    for finding in reversed(right):
        waiting[keys[1](finding)].append(finding)
    alone: list[Finding] = []
    taken: set[int] = set()
    for finding in left:
        partners = waiting.get(keys[0](finding))
        if partners:
            partner = partners.pop()
            taken.add(id(partner))
            into.append((finding, partner))
        else:
            alone.append(finding)
    return alone, [finding for finding in right if id(finding) not in taken]


def _line_map(old: str, new: str) -> dict[int, int]:
    """Returns the line afterwards by the line before, counted from 1, of unchanged lines."""
    return {
        i + offset + 1: j + offset + 1
        for i, j, size in matching_blocks(split_lines(old), split_lines(new))
        for offset in range(size)
    }
