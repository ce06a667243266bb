"""Names that a change replaced by another one everywhere, so that messages can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from playground.analyzers.gate.matching.alignment import Alignment
from playground.analyzers.gate.matching.layout import Block, Layout

_BINDING = frozenset(
    {"def", "class", "as", "for", "import", "global", "nonlocal", "function", "const", "let", "var",
     "interface", "enum", "type", "lambda"}
)  # fmt: skip
_ASSIGNING = frozenset({"=", ":=", "+=", "-=", "*=", "/=", "|=", "&=", "=>", "in", ":"})


@dataclass(frozen=True, slots=True)
class Renames:
    """Names before and afterwards.

    Attributes:
        everywhere: what holds in the whole file.
        local: what holds in one function alone, with its first and its last line.
    """

    everywhere: Mapping[str, str] = field(default_factory=dict[str, str])
    local: tuple[tuple[range, Mapping[str, str]], ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything was renamed."""
        return bool(self.everywhere or self.local)

    def at(self, line: int) -> Mapping[str, str]:
        """Returns what was renamed as far as this line of code is concerned."""
        found = dict(self.everywhere)
        for lines, names in self.local:
            if line in lines:
                found |= names
        return found


def renames_in(alignment: Alignment) -> Renames:
    """Returns the names that a change replaced.

    A name counts as renamed if the file, or one function, binds it before, uses it nowhere
    afterwards, and has the new name, which it did not use before, in its places.
    """
    old, new = alignment.old, alignment.new
    pairs = [
        (before, after)
        for before, after in alignment.substituted
        if old.tokens[before].kind == new.tokens[after].kind == "name"
    ]
    if not pairs:
        return Renames()
    everywhere = _consistent(alignment, pairs, (range(len(old.lines)), range(len(new.lines))))
    return Renames(everywhere, tuple(_locals(alignment, pairs, everywhere)))


def _locals(
    alignment: Alignment, pairs: list[tuple[int, int]], known: Mapping[str, str]
) -> Iterable[tuple[range, Mapping[str, str]]]:
    old, new = alignment.old, alignment.new
    by_block: defaultdict[tuple[Block, Block], list[tuple[int, int]]] = defaultdict(list)
    for before, after in pairs:
        if known.get(old.tokens[before].form) == new.tokens[after].form:
            continue
        blocks = old.block_around(old.line_of[before]), new.block_around(new.line_of[after])
        if blocks[0] is not None and blocks[1] is not None:
            by_block[blocks[0], blocks[1]].append((before, after))
    for (was, now), inside in by_block.items():
        names = _consistent(alignment, inside, (was.lines, now.lines))
        if names:
            yield was.lines, names


def _consistent(
    alignment: Alignment, pairs: list[tuple[int, int]], lines: tuple[range, range]
) -> dict[str, str]:
    old, new = alignment.old, alignment.new
    after_by_before: defaultdict[str, set[str]] = defaultdict(set)
    before_by_after: defaultdict[str, set[str]] = defaultdict(set)
    for before, after in pairs:
        was, now = old.tokens[before].form, new.tokens[after].form
        after_by_before[was].add(now)
        before_by_after[now].add(was)
    used, uses = old.names_in(lines[0]), new.names_in(lines[1])
    bound = _bound(old, lines[0])
    return {
        was: now
        for was, candidates in after_by_before.items()
        if len(candidates) == 1
        for now in candidates
        if len(before_by_after[now]) == 1 and was not in uses and now not in used and was in bound
    }


def _bound(layout: Layout, lines: Iterable[int]) -> set[str]:
    """Returns the names that these lines define, and some that they may define."""
    found: set[str] = set()
    for index in lines:
        found |= set(bound_names(layout, index))
    return found


def bound_names(layout: Layout, line: int) -> Iterable[str]:
    """Yields the names that a line defines, and some that it may define."""
    row = layout.lines[line]
    tokens = layout.tokens[row.first : row.end]
    assigning = max((i for i, t in enumerate(tokens) if t.form in _ASSIGNING), default=-1)
    binding = not _BINDING.isdisjoint(row.forms)
    for index, token in enumerate(tokens):
        attribute = index > 0 and tokens[index - 1].form == "."
        if token.kind == "name" and (binding or index < assigning) and not attribute:
            yield token.form
