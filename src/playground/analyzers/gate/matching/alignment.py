"""Which token of a text is which token of the text that a change made of it.

Functions that say the same on both sides are the same wherever they stand; what is left is
compared line by line, and lines that differ token by token. A pair of tokens counts only if the
lines around them are mostly the same, so that an `except:` or a `return` is not taken for another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from playground.analyzers.gate.matching.layout import Block, Layout, layout_of, tells
from playground.analyzers.gate.matching.sequences import Effort, line_opcodes, opcodes
from playground.domain.lexing import Language

_GAP_TOKENS_MAX = 40
_BLOCK_TOKENS_MIN = 6

_Lines = Sequence[int]


@dataclass(frozen=True)
class Alignment:
    """What became of one file.

    Attributes:
        old: the file before.
        new: the file afterwards.
        tokens: token afterwards by token before, where both are the same place.
        substituted: pairs of tokens that stand in the same place and differ.
    """

    old: Layout
    new: Layout
    tokens: Mapping[int, int]
    substituted: tuple[tuple[int, int], ...]

    @cached_property
    def substitutes(self) -> Mapping[int, int]:
        """Token afterwards that stands in the place of a token before and differs from it."""
        return dict(self.substituted)

    @cached_property
    def came(self) -> frozenset[int]:
        """The tokens afterwards that have a counterpart before."""
        return frozenset(self.tokens.values())

    @cached_property
    def gone_lines(self) -> list[int]:
        """Lines before of which less than half is still in its place."""
        return _less_than_half(self.old, self.tokens.keys())

    @cached_property
    def come_lines(self) -> list[int]:
        """Lines afterwards of which less than half was there before."""
        return _less_than_half(self.new, self.came)

    def is_whole(self, old: int, new: int) -> bool:
        """Whether the lines of two tokens say the same."""
        before = self.old.lines[self.old.line_of[old]]
        after = self.new.lines[self.new.line_of[new]]
        return before.forms == after.forms

    @cached_property
    def earlier(self) -> Mapping[int, int]:
        """Token before by token afterwards."""
        return {after: before for before, after in self.tokens.items()}

    @cached_property
    def _gaps(self) -> tuple[dict[int, int], dict[int, int]]:
        """Number of the short replaced stretch by token, before and afterwards."""
        before: dict[int, int] = {}
        after: dict[int, int] = {}
        ends = [*sorted(self.tokens.items()), (len(self.old.tokens), len(self.new.tokens))]
        left, right = -1, -1
        for number, (old, new) in enumerate(ends):
            stretches = range(left + 1, old), range(right + 1, new)
            fits = all(0 < len(s) <= _GAP_TOKENS_MAX for s in stretches)
            if fits and self.came.isdisjoint(stretches[1]):
                before |= dict.fromkeys(stretches[0], number)
                after |= dict.fromkeys(stretches[1], number)
            left, right = old, new
        return before, after

    def gap_before(self, old: int) -> int | None:
        """Returns the number of the short replaced stretch that a token before stands in."""
        return self._gaps[0].get(old)

    def gap_around(self, new: int) -> int | None:
        """Returns the number of the short new stretch that a token afterwards stands in."""
        return self._gaps[1].get(new)


def _less_than_half(layout: Layout, known: Iterable[int]) -> list[int]:
    counts = Counter(layout.line_of[index] for index in known)
    return [i for i, line in enumerate(layout.lines) if counts[i] * 2 < line.end - line.first]


@lru_cache(maxsize=8)
def aligned(before: str, after: str, *, language: Language) -> Alignment:
    """Compares two texts; the same two again cost nothing."""
    return _compared(layout_of(before, language), layout_of(after, language))


def realigned(alignment: Alignment, *, names: Mapping[str, str]) -> Alignment:
    """Compares the same two texts, names of the one before read as those of today."""
    old = alignment.old
    return _compared(Layout(old.text, old.language, names), alignment.new)


def _compared(old: Layout, new: Layout) -> Alignment:
    aligner = _Aligner(old, new)
    aligner.run()
    return Alignment(old, new, aligner.tokens, tuple(aligner.substituted))


class _Aligner:
    def __init__(self, old: Layout, new: Layout) -> None:
        self.old, self.new = old, new
        self._effort = Effort()
        self.tokens: dict[int, int] = {}
        self.substituted: list[tuple[int, int]] = []

    def run(self) -> None:
        """Pairs equal functions, then lines, then tokens."""
        same = _same_blocks(self.old, self.new)
        old_units = _units(len(self.old.lines), [(b.first, b.end) for b, _ in same])
        new_units = _units(len(self.new.lines), [(b.first, b.end) for _, b in same])
        for before, after in same:
            self._pair_lines(range(before.first, before.end), range(after.first, after.end))
        partners = {before.first: after.first for before, after in same}
        old_keys = _keys(self.old, old_units, partners)
        new_keys = _keys(self.new, new_units, {first: first for first in partners.values()})
        for tag, i1, i2, j1, j2 in line_opcodes(old_keys, new_keys, effort=self._effort):
            old = [old_units[i][0] for i in range(i1, i2) if not isinstance(old_keys[i], int)]
            new = [new_units[j][0] for j in range(j1, j2) if not isinstance(new_keys[j], int)]
            if tag == "equal":
                self._pair_lines(old, new)
            elif tag == "replace":
                self._pair_tokens(old, new)

    def _pair_lines(self, before: _Lines, after: _Lines) -> None:
        for one, other in zip(before, after, strict=True):
            old, new = self.old.lines[one], self.new.lines[other]
            self.tokens.update(
                zip(range(old.first, old.end), range(new.first, new.end), strict=True)
            )

    def _pair_tokens(self, before: _Lines, after: _Lines) -> None:
        """Pairs tokens of lines that differ, where the lines are still alike."""
        old = [i for line in before for i in self._tokens_in(self.old, line)]
        new = [i for line in after for i in self._tokens_in(self.new, line)]
        was = [self.old.tokens[i].form for i in old]
        now = [self.new.tokens[i].form for i in new]
        pairs: list[tuple[int, int]] = []
        for tag, i1, i2, j1, j2 in opcodes(was, now, effort=self._effort):
            if tag == "equal":
                pairs += zip(old[i1:i2], new[j1:j2], strict=True)
            elif tag == "replace" and i2 - i1 == j2 - j1:
                self.substituted += zip(old[i1:i2], new[j1:j2], strict=True)
        self.tokens.update(self._supported(pairs))

    @staticmethod
    def _tokens_in(layout: Layout, line: int) -> range:
        return range(layout.lines[line].first, layout.lines[line].end)

    def _supported(self, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Keeps pairs whose lines share half of the shorter one, not signs alone."""
        shared: Counter[tuple[int, int]] = Counter()
        named: set[tuple[int, int]] = set()
        for old, new in pairs:
            lines = self.old.line_of[old], self.new.line_of[new]
            shared[lines] += 1
            if self.old.tokens[old].kind != "op":
                named.add(lines)
        return [
            (old, new)
            for old, new in pairs
            if (lines := (self.old.line_of[old], self.new.line_of[new])) in named
            and self._is_alike(lines, shared[lines])
        ]

    def _is_alike(self, lines: tuple[int, int], shared: int) -> bool:
        old, new = self.old.lines[lines[0]], self.new.lines[lines[1]]
        shorter = min(old.end - old.first, new.end - new.first)
        return shared * 2 >= shorter and (shared > 1 or shared == shorter)


def _units(lines: int, blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the lines as stretches: one for each block, one for each line outside of them."""
    ends = dict(blocks)
    found: list[tuple[int, int]] = []
    at = 0
    while at < lines:
        end = ends.get(at, at + 1)
        found.append((at, end))
        at = end
    return found


def _keys(
    layout: Layout, units: list[tuple[int, int]], blocks: Mapping[int, int]
) -> list[Hashable]:
    """Returns what each unit is recognised by: a block's number, or what a line says.

    A line that could stand anywhere, such as `except:` or `return None`, is recognised by the
    line before it as well.
    """
    keys: list[Hashable] = []
    context: Hashable = ()
    for first, _end in units:
        forms = layout.lines[first].forms
        if first in blocks:
            context = blocks[first]
            keys.append(context)
        elif any(tells(form) for form in forms):
            context = forms
            keys.append(forms)
        else:
            keys.append(forms if forms[0].startswith("#") else (forms, context))
    return keys


def _same_blocks(old: Layout, new: Layout) -> list[tuple[Block, Block]]:
    """Pairs functions and classes that say the same, outer ones first, those at home first."""
    found: list[tuple[Block, Block]] = []
    taken: tuple[set[int], set[int]] = set(), set()
    for at_home in (True, False):
        waiting: defaultdict[object, list[Block]] = defaultdict(list)
        for block in reversed(new.blocks):
            waiting[_key(new, block, at_home=at_home)].append(block)
        for block in old.blocks:
            if not taken[0].isdisjoint(block.lines) or _tokens(old, block) < _BLOCK_TOKENS_MIN:
                continue
            partners = waiting.get(_key(old, block, at_home=at_home), [])
            while partners and not taken[1].isdisjoint(partners[-1].lines):
                partners.pop()
            if partners:
                partner = partners.pop()
                found.append((block, partner))
                taken[0].update(block.lines)
                taken[1].update(partner.lines)
    return found


def _key(layout: Layout, block: Block, *, at_home: bool) -> object:
    said = layout.said_in(block)
    return (said, block.outer) if at_home else said


def _tokens(layout: Layout, block: Block) -> int:
    return layout.lines[block.end - 1].end - layout.lines[block.first].first
