"""The sections of an answer: which part of it is about which file, and the code that stands there.

Everything here looks at each line of an answer a bounded number of times, whatever a model writes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from playground.orchestrator.edits.lines import BEGINS, ENDS

_HEADING = re.compile(r"(?P<marks>[#*\s]*)FILE:\s*(?P<path>\S.*)")
_FENCE = re.compile(r"(?P<fence>`{3,})(?P<language>[^`]*)$")


def sections_in(answer: str, *, paths: Collection[str]) -> list[tuple[str, str]]:
    """Returns each path that a line `FILE: path` names, with the text up to the next such line.

    Such a line inside an edit or inside a block of code is code and not read as one.

    Args:
        answer: what a model said.
        paths: those that are known; any of them may hold blanks.
    """
    lines = answer.split("\n")
    headings = [*_headings(lines, paths), (len(lines), "")]
    return [
        (path, "\n".join(lines[number + 1 : end]))
        for (number, path), (end, _) in pairwise(headings)
    ]


def _headings(lines: Sequence[str], paths: Collection[str]) -> Iterator[tuple[int, str]]:
    in_edit, fence, holds_code = False, "", False
    for number, line in enumerate(lines):
        ended = line.rstrip()
        if in_edit:
            in_edit = ENDS.match(ended) is None
        elif BEGINS.match(ended):
            in_edit = True
        elif fence and ended == fence:
            fence = ""
        elif opened := None if fence else _FENCE.match(ended):
            fence, holds_code = opened["fence"], False
        elif path := _path(line, paths, begins=_begins(lines, number + 1)):
            if not (fence and holds_code) or _begins(lines, number + 1):
                fence, holds_code = "", False
                yield number, path
        else:
            holds_code = holds_code or bool(ended)


def _path(line: str, paths: Collection[str], *, begins: bool) -> str:
    """Returns the path that a line names, "" for a line that is no heading."""
    heading = _HEADING.match(line)
    if heading is None:
        return ""
    told = heading["path"].rstrip()
    for path in (told, told.strip("`*"), told.strip("`*").removeprefix("./")):
        if path in paths:
            return path
    path = told.strip("`*").removeprefix("./")
    return path if begins or not re.search(r"[\s`*]", path) else ""


def _begins(lines: Sequence[str], number: int) -> bool:
    """Whether an edit or a block of code begins on this line."""
    line = lines[number].rstrip() if number < len(lines) else ""
    return bool(BEGINS.match(line) or _FENCE.match(line))


def fenced(text: str) -> str | None:
    """Returns the code of the first block that has an end, None where there is none."""
    lines = text.split("\n")
    marks = [(n, m) for n, line in enumerate(lines) if (m := _FENCE.match(line))]
    ends: dict[str, list[int]] = {}
    for number, mark in marks:
        if not mark["language"].strip(" \t"):
            ends.setdefault(mark["fence"], []).append(number)
    for number, mark in marks:
        closing = ends.get(mark["fence"], [])
        at = bisect_right(closing, number)
        if at < len(closing):
            return "".join(f"{line}\n" for line in lines[number + 1 : closing[at]])
    return None
