"""Where neighbouring lines stand in a file, found in time that grows with the file and no faster.

Files may consist of one line thousands of times, so no run of lines is compared with all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_COUNTED_MAX = 8


class Standing:
    """The lines of one file and how often they stand there.

    Args:
        lines: without their ends.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at: dict[str, list[int]] = {}
        for number, line in enumerate(lines):
            self._at.setdefault(line, []).append(number)
        self._names: list[list[int]] = []
        self._counts: list[Counter[int]] = []

    def places(self, run: Sequence[str]) -> list[int]:
        """Returns the numbers, from 0, of all lines where this run of one or more begins."""
        starts = self._at.get(run[0], [])
        if len(starts) == 1:
            start = starts[0]
            return starts if list(self._lines[start : start + len(run)]) == list(run) else []
        return _found(self._lines, run) if starts else []

    def is_only(self, start: int, *, end: int) -> bool:
        """Whether the lines from `start` up to `end` stand nowhere else in the file."""
        size = min(end - start, _COUNTED_MAX)
        names, counts = self._windows(size)
        if any(counts[names[at]] == 1 for at in range(start, end - size + 1)):
            return True
        return end - start > size and len(self.places(self._lines[start:end])) == 1

    def _windows(self, count: int) -> tuple[list[int], Counter[int]]:
        """Returns a number for each run of so many lines, the same for equal ones, and counts."""
        while len(self._names) < count:
            known: dict[tuple[int, str], int] = {}
            before = self._names[-1] if self._names else [0] * len(self._lines)
            added = self._lines[len(self._names) :]
            names = [
                known.setdefault(pair, len(known)) for pair in zip(before, added, strict=False)
            ]
            self._names.append(names)
            self._counts.append(Counter(names))
        return self._names[count - 1], self._counts[count - 1]


def _found(lines: Sequence[str], run: Sequence[str]) -> list[int]:
    """Searches as Knuth, Morris and Pratt do."""
    back, at = [0] * len(run), 0
    for number in range(1, len(run)):
        while at and run[number] != run[at]:
            at = back[at - 1]
        at += run[number] == run[at]
        back[number] = at
    starts: list[int] = []
    at = 0
    for number, line in enumerate(lines):
        while at and (at == len(run) or line != run[at]):
            at = back[at - 1]
        at += line == run[at]
        if at == len(run):
            starts.append(number - len(run) + 1)
    return starts
