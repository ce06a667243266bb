"""The places that findings are about, before and after a change."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

from playground.analyzers.gate.matching.alignment import Alignment, aligned
from playground.analyzers.gate.matching.layout import Layout
from playground.analyzers.gate.matching.moves import Landing, moves
from playground.analyzers.gate.matching.renames import Renames, bound_names, renamed, renames_in
from playground.domain.findings import Finding, Span, masked
from playground.domain.lexing import language_of


@dataclass(frozen=True, slots=True)
class Place:
    """A token of the changed tree.

    Attributes:
        path: the file.
        token: index of the token; the number of tokens is the file's end.
        within: how many characters after the token's start.
    """

    path: str
    token: int
    within: int


class Places:
    """Answers where findings stand and where they would stand now.

    Args:
        old: texts of the base by path.
        new: texts of the changed tree by path.
    """

    def __init__(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        self._old, self._new = old, new
        self._alignments: dict[str, Alignment] = {}
        self._renames: dict[str, Renames] = {}

    def later(self, finding: Finding) -> Place | None:
        """Returns where the token of a finding of the base is now, None if it is gone."""
        alignment = self._alignment(finding.path)
        index, within = _start(alignment.old, finding.span)
        after = _end_or(alignment, index)
        return None if after is None else Place(finding.path, after, within)

    def now(self, finding: Finding) -> Place:
        """Returns where a finding of the changed tree stands."""
        index, within = _start(self._alignment(finding.path).new, finding.span)
        return Place(finding.path, index, within)

    def unchanged(self, finding: Finding) -> Place | None:
        """Returns where a finding of the base is now, if the whole line says the same."""
        place = self.later(finding)
        alignment = self._alignment(finding.path)
        if place is None or place.token >= len(alignment.new.tokens):
            return None
        index, _within = _start(alignment.old, finding.span)
        return place if alignment.is_whole(index, place.token) else None

    def message(self, finding: Finding) -> str:
        """Returns the message of a finding of the base with the names of today."""
        renames = self._renames_of(finding.path)
        if not renames.any:
            return finding.message
        alignment = self._alignment(finding.path)
        index, _within = _start(alignment.old, finding.span)
        lines = alignment.old.line_of
        line = lines[index] if index < len(lines) else len(alignment.old.lines)
        return renamed(finding.message, renames.at(line))

    def symbol(self, finding: Finding) -> str:
        """Returns the symbol of a finding of the base with the names of today."""
        return renamed(finding.symbol, self._renames_of(finding.path).everywhere)

    def landing(self, finding: Finding) -> Landing | None:
        """Returns where the code of a finding of the base moved."""
        index, _within = _start(self._alignment(finding.path).old, finding.span)
        return self._moves.get((finding.path, index))

    def gap_left(self, finding: Finding) -> Hashable:
        """Returns the short stretch that replaced the token of a finding of the base."""
        alignment = self._alignment(finding.path)
        index, _within = _start(alignment.old, finding.span)
        gap = alignment.gap_before(index)
        if gap is None:
            return None
        return finding.path, gap, finding.rule, masked(self.message(finding))

    def gap_taken(self, finding: Finding) -> Hashable:
        """Returns the short stretch of new tokens that a finding of the changed tree stands in."""
        alignment = self._alignment(finding.path)
        index, _within = _start(alignment.new, finding.span)
        gap = alignment.gap_around(index)
        return None if gap is None else (finding.path, gap, finding.rule, masked(finding.message))

    def range_left(self, finding: Finding) -> Hashable:
        """Returns the last line of a finding of the base about several lines, as it is now."""
        alignment = self._alignment(finding.path)
        if finding.span.end_line == finding.span.start_line:
            return None
        after = _end_or(alignment, _last(alignment.old, finding.span))
        if after is None:
            return None
        return finding.path, after, finding.rule, masked(self.message(finding))

    def range_taken(self, finding: Finding) -> Hashable:
        """Returns the last line of a finding of the changed tree about several lines."""
        if finding.span.end_line == finding.span.start_line:
            return None
        index = _last(self._alignment(finding.path).new, finding.span)
        return finding.path, index, finding.rule, masked(finding.message)

    def subject_left(self, finding: Finding) -> Hashable:
        """Returns symbol and message of a finding of the base whose line is gone."""
        if not finding.symbol or self.later(finding) is not None:
            return None
        symbol = self.symbol(finding)
        return finding.path, symbol, finding.rule, self.message(finding)

    def subject_taken(self, finding: Finding) -> Hashable:
        """Returns symbol and message of a finding of the changed tree whose line is new."""
        if not finding.symbol or self.stood_before(finding):
            return None
        return finding.path, finding.symbol, finding.rule, finding.message

    def stood_before(self, finding: Finding) -> bool:
        """Whether the line of a finding of the changed tree said the same before."""
        alignment = self._alignment(finding.path)
        index, _within = _start(alignment.new, finding.span)
        before = alignment.earlier.get(index)
        return before is not None and alignment.is_whole(before, index)

    def lost_names(self, path: str) -> frozenset[str]:
        """Returns the names that a file defined before and defines no longer."""
        alignment = self._alignment(path)
        old, new = alignment.old, alignment.new
        before = {name for line in alignment.gone_lines for name in bound_names(old, line)}
        after = {name for line in range(len(new.lines)) for name in bound_names(new, line)}
        return frozenset(before - after)

    def _alignment(self, path: str) -> Alignment:
        known = self._alignments.get(path)
        if known is None:
            texts = self._old.get(path, ""), self._new.get(path, "")
            known = self._alignments[path] = aligned(*texts, language=language_of(path))
        return known

    def _renames_of(self, path: str) -> Renames:
        known = self._renames.get(path)
        if known is None:
            known = self._renames[path] = renames_in(self._alignment(path))
        return known

    @cached_property
    def _moves(self) -> dict[tuple[str, int], Landing]:
        changed = [
            path for path in {*self._old, *self._new} if self._old.get(path) != self._new.get(path)
        ]
        return moves({path: self._alignment(path) for path in sorted(changed)})


def _start(layout: Layout, span: Span) -> tuple[int, int]:
    """Returns the token that a span begins at and how far inside of it."""
    offset = layout.offset(span.start_line, span.start_column)
    index = layout.index_at(offset)
    if index >= len(layout.tokens):
        return index, 0
    return index, max(0, offset - layout.tokens[index].start)


def _last(layout: Layout, span: Span) -> int:
    """Returns the last token inside a span."""
    return layout.index_at(layout.offset(span.end_line, span.end_column) - 1)


def _end_or(alignment: Alignment, index: int) -> int | None:
    """Returns the token afterwards, where the end of the file stays the end of the file."""
    if index >= len(alignment.old.tokens):
        return len(alignment.new.tokens)
    return alignment.tokens.get(index)
