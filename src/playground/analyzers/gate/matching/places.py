"""The places that findings are about, before and after a change."""

from __future__ import annotations

from collections.abc import Container, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

from playground.analyzers.gate.matching.alignment import Alignment, aligned, realigned
from playground.analyzers.gate.matching.layout import Layout, renamed
from playground.analyzers.gate.matching.moves import Landing, moves
from playground.analyzers.gate.matching.renames import Renames, bound_names, renames_in
from playground.domain.findings import Finding, Span, masked
from playground.domain.lexing import language_of

_WHOLE_FILE = Span(1, 1, 1, 1)
_BEFORE_ALL = -1


@dataclass(frozen=True, slots=True)
class Place:
    """A token of the changed tree.

    Attributes:
        path: the file.
        token: index of the token; the number of tokens is the file's end, -1 the whole file.
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
        after = self._token_after(finding.path, index)
        return None if after is None else Place(finding.path, after, within)

    def now(self, finding: Finding) -> Place:
        """Returns where a finding of the changed tree stands."""
        index, within = _start(self._alignment(finding.path).new, finding.span)
        return Place(finding.path, index, within)

    def unchanged(self, finding: Finding) -> Place | None:
        """Returns where a finding of the base is now, if the whole line says the same."""
        place = self.later(finding)
        alignment = self._alignment(finding.path)
        if place is None or not 0 <= place.token < len(alignment.new.tokens):
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
        line = lines[index] if 0 <= index < len(lines) else len(alignment.old.lines)
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
        after = self._token_after(finding.path, _last(alignment.old, finding.span))
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
        """Returns the names that a file defined before and defines no longer, or uses less."""
        alignment = self._alignment(path)
        old, new = alignment.old, alignment.new
        before = {name for line in alignment.gone_lines for name in bound_names(old, line)}
        after = {name for line in range(len(new.lines)) for name in bound_names(new, line)}
        gone = _names(old, alignment.tokens) - _names(new, alignment.came)
        return frozenset((before - after) | gone)

    def _token_after(self, path: str, index: int) -> int | None:
        """Returns the token afterwards; whole file and end of file stay what they are."""
        alignment = self._alignment(path)
        if index == _BEFORE_ALL:
            return index
        if index >= len(alignment.old.tokens):
            return len(alignment.new.tokens)
        after = alignment.tokens.get(index)
        if after is None and index in alignment.substitutes:
            after = alignment.substitutes[index]
            names = self._renames_of(path).at(alignment.old.line_of[index])
            was, now = alignment.old.tokens[index], alignment.new.tokens[after]
            if was.kind != now.kind or renamed(was.form, names) != now.form:
                return None
        return after

    def _alignment(self, path: str) -> Alignment:
        known = self._alignments.get(path)
        if known is None:
            texts = self._old.get(path, ""), self._new.get(path, "")
            language = language_of(path)
            known = aligned(*texts, language=language)
            self._renames[path] = renames_in(known)
            if self._renames[path].everywhere:
                # A second look, now that the names are known, recognises what also moved.
                known = realigned(known, names=self._renames[path].everywhere)
            self._alignments[path] = known
        return known

    def _renames_of(self, path: str) -> Renames:
        self._alignment(path)
        return self._renames[path]

    @cached_property
    def _moves(self) -> dict[tuple[str, int], Landing]:
        changed = [
            path for path in {*self._old, *self._new} if self._old.get(path) != self._new.get(path)
        ]
        return moves({path: self._alignment(path) for path in sorted(changed)})


def _names(layout: Layout, kept: Container[int]) -> set[str]:
    """Returns the names among all tokens but those that are kept."""
    return {t.form for i, t in enumerate(layout.tokens) if t.kind == "name" and i not in kept}


def _start(layout: Layout, span: Span) -> tuple[int, int]:
    """Returns the token that a span begins at and how far from its start.

    What begins behind the last token of a line, say at a bracket or a comma, belongs to that one.
    """
    if span == _WHOLE_FILE:
        return _BEFORE_ALL, 0
    offset = layout.offset(span.start_line, span.start_column)
    index = layout.index_at(offset)
    if index < len(layout.tokens) and layout.tokens[index].start <= offset:
        return index, offset - layout.tokens[index].start
    if _is_tail(layout, index, offset):
        return index - 1, offset - layout.tokens[index - 1].start
    return index, 0


def _is_tail(layout: Layout, index: int, offset: int) -> bool:
    """Whether an offset before a token still belongs to the line of code that ends before it."""
    at_end = index == len(layout.tokens)
    if index == 0 or not (at_end or layout.tokens[index].fresh):
        return False
    start = len(layout.text) if at_end else layout.tokens[index].start
    ahead = layout.text[offset:start]
    if "\n" not in ahead and not at_end:
        return False
    behind = layout.text[layout.tokens[index - 1].end : offset]
    return "\n" not in behind or ahead.lstrip()[:1] in {"(", ")", ",", ";"}


def _last(layout: Layout, span: Span) -> int:
    """Returns the last token inside a span."""
    return layout.index_at(layout.offset(span.end_line, span.end_column) - 1)
