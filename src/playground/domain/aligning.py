"""Which lines of two texts belong together, in bounded time.

`difflib` compares every equal pair of lines, so a file with a hundred thousand equal lines would
keep it busy for hours. What both texts begin and end with is therefore taken off first, which
leaves little of a small change to a large file, and where what is left would still be too much,
it counts as rewritten.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence

_PAIRS_MAX = 4_000_000

Block = tuple[int, int, int]
"""Lines from the first index in the old text are those from the second in the new; how many."""

Opcode = tuple[str, int, int, int, int]
"""As in `difflib.SequenceMatcher.get_opcodes`."""


def matching_blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Returns the runs of equal lines in their order; none is empty, and none touch."""
    head = _equal_ends(old, new)
    tail = _equal_ends(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    found: list[Block] = [(0, 0, head)]
    left, right = old[head:old_end], new[head:new_end]
    if left and right and _pairs(left, right) <= _PAIRS_MAX:
        matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
        found += [(i + head, j + head, n) for i, j, n in matcher.get_matching_blocks()]
    found.append((old_end, new_end, tail))
    return _joined(block for block in found if block[2])


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """Returns what turns the old lines into the new ones, as `difflib` words it."""
    codes: list[Opcode] = []
    i = j = 0
    for a, b, size in [*matching_blocks(old, new), (len(old), len(new), 0)]:
        if i < a and j < b:
            codes.append(("replace", i, a, j, b))
        elif i < a:
            codes.append(("delete", i, a, j, b))
        elif j < b:
            codes.append(("insert", i, a, j, b))
        if size:
            codes.append(("equal", a, a + size, b, b + size))
        i, j = a + size, b + size
    return codes


def _equal_ends(old: Sequence[str], new: Sequence[str]) -> int:
    shorter = min(len(old), len(new))
    return next((n for n in range(shorter) if old[n] != new[n]), shorter)


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    there = Counter(new)
    return sum(there[line] for line in old) + len(old) + len(new)


def _joined(blocks: Iterable[Block]) -> list[Block]:
    joined: list[Block] = []
    for i, j, size in blocks:
        if joined and joined[-1][0] + joined[-1][2] == i and joined[-1][1] + joined[-1][2] == j:
            a, b, before = joined.pop()
            joined.append((a, b, before + size))
        else:
            joined.append((i, j, size))
    return joined
