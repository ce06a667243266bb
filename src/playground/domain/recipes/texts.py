"""Texts of syntax trees: places in bytes, pieces of code, comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from typing import cast

from playground.domain.recipes.matching import position

_FIRST_BLOCK = re.compile(r"(?m)^\S[^\n]*:[ \t]*(?:#[^\n]*)?\r?\n([ \t]+)\S")


@dataclass(frozen=True)
class Code:
    """A text with the offsets of its lines; places are those of `ast`, in UTF-8 bytes."""

    data: bytes
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Code:
        """Returns the code of a text."""
        data = text.encode("utf-8", "surrogatepass")
        starts = [0]
        for line in data.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        return cls(data, tuple(starts))

    def offset(self, place: tuple[int, int]) -> int:
        """Returns the offset in bytes of a line from 1 and a column from 0."""
        return self.starts[place[0] - 1] + place[1]

    def range_of(self, node: ast.AST) -> tuple[int, int]:
        """Returns where a node begins and ends."""
        placed = cast("ast.expr", node)
        end = (placed.end_lineno or 0, placed.end_col_offset or 0)
        return self.offset(position(node)), self.offset(end)

    def between(self, start: int, *, end: int) -> str:
        """Returns the text of a range."""
        return self.data[start:end].decode("utf-8", "surrogatepass")

    def text_of(self, node: ast.AST) -> str:
        """Returns a node's own text."""
        start, end = self.range_of(node)
        return self.between(start, end=end)

    def line_start(self, offset: int) -> int:
        """Returns where the line of an offset begins."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Returns where the line of an offset ends, its line end included."""
        found = self.data.find(b"\n", offset)
        return len(self.data) if found < 0 else found + 1

    def commented(self, offset: int) -> int:
        """Returns where the comments begin that stand on the lines right above a statement."""
        first, place = offset, self.line_start(offset)
        while place:
            above = self.line_start(place - 1)
            words = self.data[above:place].lstrip(b" \t")
            if not words.startswith(b"#"):
                break
            first, place = place - len(words), above
        return first

    def comment_end(self, offset: int) -> int:
        """Returns where the comment ends that stands behind a statement on its line."""
        rest = self.data[offset : self.line_end(offset)].rstrip(b"\r\n")
        return offset + len(rest) if rest.lstrip(b" \t").startswith(b"#") else offset

    def is_blank(self, start: int, *, end: int) -> bool:
        """Whether a range holds nothing but white space."""
        return not self.data[start:end].strip()


def comments_of(text: str) -> list[str] | None:
    """Returns all comments in order, None when the text cannot be read as tokens."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def docstrings_of(tree: ast.Module) -> list[str]:
    """Returns all docstrings of a module."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, kinds)]
    return [text for text in found if text is not None]


def reindented(text: str, *, own: int, to: str) -> str:
    """Returns statements with another indentation; the first line has none and gets none.

    Lines inside strings of several lines are moved like all others; who calls this compares the
    meaning afterwards.

    Args:
        text: statements whose first line begins at column `own`.
        own: how many white characters the other lines have too many.
        to: what they get instead.
    """
    first, *rest = text.split("\n")
    moved = [to + _without(line, own) if line.strip() else line for line in rest]
    return "\n".join([first, *moved])


def _without(line: str, count: int) -> str:
    return line[min(count, len(line) - len(line.lstrip())) :]


def indent_unit(text: str) -> str:
    """Returns what one level of indentation is in a text; four blanks where it has none."""
    found = _FIRST_BLOCK.search(text)
    return found[1] if found else "    "
