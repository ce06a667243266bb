"""What makes one list the other, so that what is rare on both sides is found first."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

_COMPARED_MAX = 4_000
_PAIRS_MAX = 4_000_000

Opcode = tuple[str, int, int, int, int]
"""As in `difflib`: what happens, and the stretch of either list."""


class Effort:
    """What may be spent on the comparison of two texts: pairs of equal items that are looked at."""

    def __init__(self) -> None:
        self._left = _PAIRS_MAX

    def allows(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> bool:
        """Whether two lists may still be compared; if so, that is spent."""
        if max(len(old), len(new)) > _COMPARED_MAX:
            return False
        counts = Counter(new)
        pairs = sum(count * counts[item] for item, count in Counter(old).items())
        if pairs > self._left:
            return False
        self._left -= pairs
        return True


def opcodes(
    old: Sequence[Hashable], new: Sequence[Hashable], *, effort: Effort
) -> Iterator[Opcode]:
    """Yields what makes one list the other, as difflib does, equal ends first.

    Stretches beyond what can be compared in reasonable time are one replacement.
    """
    head, tail = _equal_ends(old, new)
    ends = len(old) - tail, len(new) - tail
    if head:
        yield "equal", 0, head, 0, head
    left, right = old[head : ends[0]], new[head : ends[1]]
    if not effort.allows(left, right):
        yield "replace", head, ends[0], head, ends[1]
    else:
        matcher = SequenceMatcher(a=left, b=right, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            yield tag, i1 + head, i2 + head, j1 + head, j2 + head
    if tail:
        yield "equal", ends[0], len(old), ends[1], len(new)


def line_opcodes(
    old: Sequence[Hashable], new: Sequence[Hashable], *, effort: Effort
) -> Iterator[Opcode]:
    """Yields what makes one list the other; items that are single on both sides come first.

    Between them, what is single there comes next, and so on; the rest is compared as difflib does.
    """
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        i1, i2, j1, j2 = waiting.pop()
        anchors = _anchors(old[i1:i2], new[j1:j2])
        if not anchors:
            for tag, a1, a2, b1, b2 in opcodes(old[i1:i2], new[j1:j2], effort=effort):
                yield tag, a1 + i1, a2 + i1, b1 + j1, b2 + j1
            continue
        at = i1, j1
        for before, after in [*anchors, (i2 - i1, j2 - j1)]:
            waiting.append((at[0], before + i1, at[1], after + j1))
            at = before + i1 + 1, after + j1 + 1
            if at[0] <= i2 and at[1] <= j2:
                yield "equal", at[0] - 1, at[0], at[1] - 1, at[1]


def _equal_ends(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[int, int]:
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    return head, tail


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Returns the longest ascending run of items that both lists hold exactly once."""
    counts = Counter(old), Counter(new)
    place = {item: index for index, item in enumerate(new)}
    pairs = [
        (index, place[item])
        for index, item in enumerate(old)
        if counts[0][item] == counts[1][item] == 1
    ]
    lowest: list[int] = []
    chains: list[int] = []
    previous: list[int | None] = []
    for number, (_, after) in enumerate(pairs):
        at = bisect_left(lowest, after)
        previous.append(chains[at - 1] if at else None)
        if at == len(lowest):
            lowest.append(after)
            chains.append(number)
        else:
            lowest[at], chains[at] = after, number
    found: list[tuple[int, int]] = []
    link = chains[-1] if chains else None
    while link is not None:
        found.append(pairs[link])
        link = previous[link]
    return found[::-1]
