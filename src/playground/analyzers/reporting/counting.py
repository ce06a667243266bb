"""Places as tools count them, turned into places as they are counted here.

Here lines end at LF alone and every character is one column. Tools for Python begin a new line at
a lone carriage return as well, and some do not count a byte order mark.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from playground.domain.findings import Span

_BYTE_ORDER_MARK = "\ufeff"
_LONE_CR = re.compile(r"\r(?!\n)")
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Counting:
    """How a tool for Python counts.

    Attributes:
        counts_mark: whether a byte order mark is a column.
    """

    counts_mark: bool

    def translation(self, text: str) -> Callable[[Span], Span] | None:
        """Returns what turns a place in this text into ours, None where both are the same."""
        hidden = not self.counts_mark and text.startswith(_BYTE_ORDER_MARK)
        if not hidden and _LONE_CR.search(text) is None:
            return None
        theirs = [0, *(match.end() for match in _LINE_END.finditer(text))]
        ours = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

        def place(line: int, column: int) -> tuple[int, int]:
            if line > len(theirs):
                return len(ours), len(text) - ours[-1] + 1
            mark = 1 if hidden and line == 1 else 0
            index = min(theirs[line - 1] + column - 1 + mark, len(text))
            number = bisect_right(ours, index)
            return number, index - ours[number - 1] + 1

        return lambda span: Span(
            *place(span.start_line, span.start_column), *place(span.end_line, span.end_column)
        )


def lines_of(text: str) -> list[str]:
    """Returns the lines as tools for Python count them, each with its end."""
    ends = [match.end() for match in _LINE_END.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
