"""Code that left its place and stands, word for word, in another one, maybe in another file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from playground.analyzers.gate.matching.alignment import Alignment
from playground.analyzers.gate.matching.layout import weight

_Line = tuple[str, int]
_PLACES_MAX = 50
_RUN_MAX = 400


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a token went.

    Attributes:
        path: the file.
        token: index of the token there.
        weight: how many different names and values moved with it in one piece.
    """

    path: str
    token: int
    weight: int


def moves(alignments: Mapping[str, Alignment]) -> dict[tuple[str, int], Landing]:
    """Returns where tokens went that are in their place no longer, by path and index.

    Lines that are still there, though rewritten, have not moved, whatever else looks like them.
    """
    return _Search(alignments).run()


class _Search:
    def __init__(self, alignments: Mapping[str, Alignment]) -> None:
        self._alignments = alignments
        self._free: set[_Line] = set()
        self._waiting: defaultdict[tuple[str, ...], list[_Line]] = defaultdict(list)
        for path, alignment in alignments.items():
            for line in alignment.come_lines:
                self._free.add((path, line))
                self._waiting[alignment.new.lines[line].forms].append((path, line))
        self._found: dict[tuple[str, int], Landing] = {}

    def run(self) -> dict[tuple[str, int], Landing]:
        """Finds the longest run of lines at each line that is gone, top down."""
        for path, alignment in self._alignments.items():
            gone = alignment.gone_lines
            at = 0
            while at < len(gone):
                stretch = [(path, line) for line in _in_a_row(gone, at)]
                places = self._waiting.get(alignment.old.lines[gone[at]].forms, [])
                runs = [self._run(stretch, place) for place in places[:_PLACES_MAX]]
                best = max(runs, key=len, default=list[_Line]())
                self._land(stretch[: len(best)], best)
                self._free.difference_update(best)
                at += max(1, len(best))
        return self._found

    def _run(self, gone: list[_Line], place: _Line) -> list[_Line]:
        """Returns the lines from a place on that say the same as those that are gone."""
        found: list[_Line] = []
        target, line = place
        for path, before in gone:
            said = self._alignments[path].old.lines[before].forms
            if (target, line) not in self._free:
                break
            if self._alignments[target].new.lines[line].forms != said:
                break
            found.append((target, line))
            line += 1
        return found

    def _land(self, gone: list[_Line], places: list[_Line]) -> None:
        lines = [self._alignments[path].old.lines[line] for path, line in gone]
        heavy = weight(line.forms for line in lines)
        for was, (path, _), (target, other) in zip(lines, gone, places, strict=True):
            now = self._alignments[target].new.lines[other]
            for index in range(was.end - was.first):
                landing = Landing(target, now.first + index, heavy)
                self._found[path, was.first + index] = landing


def _in_a_row(lines: list[int], at: int) -> list[int]:
    """Returns the lines from a position on that follow each other without a hole."""
    end = at + 1
    while end < min(len(lines), at + _RUN_MAX) and lines[end] == lines[end - 1] + 1:
        end += 1
    return lines[at:end]
