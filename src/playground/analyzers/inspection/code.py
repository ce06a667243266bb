"""Where strings and comments are in a source text, found without a parser."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

# A string that is not closed ends where the line or, with long quotes, the text ends.
_PYTHON = re.compile(
    r'"""(?:[^\\"]|\\[\s\S]|"(?!""))*(?:"""|\\?\Z)'
    r"|'''(?:[^\\']|\\[\s\S]|'(?!''))*(?:'''|\\?\Z)"
    r'|"(?:[^"\\\r\n]|\\[\s\S])*"?'
    r"|'(?:[^'\\\r\n]|\\[\s\S])*'?"
    r"|#[^\r\n]*"
)
_JAVASCRIPT = re.compile(
    r"//[^\r\n]*"
    r"|/\*[\s\S]*?(?:\*/|\Z)"
    r'|"(?:[^"\\\r\n]|\\[\s\S])*"?'
    r"|'(?:[^'\\\r\n]|\\[\s\S])*'?"
    r"|`(?:[^`\\]|\\[\s\S])*`?"
)
_PYTHON_SUFFIXES = (".py", ".pyi")


def is_python(path: str) -> bool:
    """Whether a file is Python by its name."""
    return path.endswith(_PYTHON_SUFFIXES)


class CodeParts:
    """Tells code from strings and comments; an f-string counts as a string with all it holds."""

    def __init__(self, path: str, text: str) -> None:
        pattern = _PYTHON if is_python(path) else _JAVASCRIPT
        self._text = text
        self._spans = [match.span() for match in pattern.finditer(text)]
        self._starts = [start for start, _end in self._spans]

    def is_code(self, index: int) -> bool:
        """Whether the character at an index is neither in a string nor in a comment."""
        before = bisect_right(self._starts, index) - 1
        return before < 0 or index >= self._spans[before][1]

    @property
    def text(self) -> str:
        """The code alone, without strings and comments."""
        pieces: list[str] = []
        cursor = 0
        for start, end in self._spans:
            pieces.append(self._text[cursor:start])
            cursor = end
        return "".join([*pieces, self._text[cursor:]])


def bracket_depth(code: str) -> int:
    """Returns how deep brackets are nested; a closing one too many makes no room for more."""
    steps = (1 if bracket in "([{" else -1 for bracket in re.findall(r"[()\[\]{}]", code))
    return max(accumulate(steps, lambda depth, step: max(0, depth + step), initial=0))
