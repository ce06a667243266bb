"""A text as lines of code, as no formatter changes them, and the functions that hold them."""

from __future__ import annotations

import builtins
import keyword
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from playground.domain.lexing import Language, Token, tokens_of

EVERYWHERE = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"}) | {
    "function", "const", "let", "var", "new", "this", "throw", "catch", "switch", "case", "void",
    "typeof", "undefined", "null", "true", "false", "export", "default", "console", "Error", "args",
    "kwargs", "error", "string", "number", "any", "unknown", "do",
}  # fmt: skip
"""Names that say nothing about which code it is."""

_WORD = re.compile(r"[^\W\d][\w$]*")
_DEFINING = frozenset({"def", "class", "function", "interface", "enum", "namespace", "=>"})
_STEERING = frozenset(
    {"if", "for", "while", "switch", "else", "try", "catch", "do", "}", "finally"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line in Python, one physical line elsewhere; never empty.

    Attributes:
        first: index of its first token.
        end: index after its last token.
        indent: column of its first token, counted from 0.
        forms: what it says.
    """

    first: int
    end: int
    indent: int
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A function or class with its decorators.

    Attributes:
        first: index of its first line.
        end: index after its last line.
        outer: heads of the blocks around it.
    """

    first: int
    end: int
    outer: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> range:
        """Indices of its lines."""
        return range(self.first, self.end)


@dataclass(frozen=True)
class Layout:
    """One text.

    Attributes:
        text: the text.
        language: how it is read.
        names: what some names are to be read as.
    """

    text: str
    language: Language
    names: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens, comments included."""
        found = tokens_of(self.text, language=self.language)
        if not self.names:
            return found
        return [
            t if t.kind == "op" else t._replace(form=renamed(t.form, self.names)) for t in found
        ]

    @cached_property
    def starts(self) -> list[int]:
        """Offsets at which physical lines start; lines end at LF alone."""
        found, at = [0], self.text.find("\n")
        while at >= 0:
            found.append(at + 1)
            at = self.text.find("\n", at + 1)
        return found

    @cached_property
    def _ends(self) -> list[int]:
        return [token.end for token in self.tokens]

    def offset(self, line: int, column: int) -> int:
        """Returns the offset of a place, both counted from 1; beyond the end is the end."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[max(line, 1) - 1] + max(column, 1) - 1, len(self.text))

    def index_at(self, offset: int) -> int:
        """Returns the token at an offset or after it; the number of tokens means the end."""
        return bisect_right(self._ends, offset)

    @cached_property
    def lines(self) -> list[Line]:
        """All lines of code and of comments."""
        firsts = [index for index, token in enumerate(self.tokens) if token.fresh]
        ends = [*firsts[1:], len(self.tokens)] if firsts else []
        return [self._line(first, end) for first, end in zip(firsts, ends, strict=True)]

    def _line(self, first: int, end: int) -> Line:
        start = self.tokens[first].start
        indent = start - (self.text.rfind("\n", 0, start) + 1)
        return Line(first, end, indent, tuple(t.form for t in self.tokens[first:end]))

    @cached_property
    def line_of(self) -> list[int]:
        """Index of the line by index of a token."""
        return [index for index, line in enumerate(self.lines) for _ in range(line.first, line.end)]

    @cached_property
    def blocks(self) -> list[Block]:
        """Functions and classes, outer ones before inner ones."""
        found: list[Block] = []
        around: list[tuple[int, tuple[str, ...]]] = []  # where each open block ends, its head
        for index, line in enumerate(self.lines):
            while around and around[-1][0] <= index:
                around.pop()
            if self._opens(line):
                end = self._end_of(index)
                outer = tuple(head for _, head in around)
                found.append(Block(self._decorated(index), end, outer))
                around.append((end, line.forms))
        return found

    def _opens(self, line: Line) -> bool:
        if not _DEFINING.isdisjoint(line.forms):
            return line.forms[0] != "@"
        opens = self.language is Language.JAVASCRIPT and line.forms[-1] == "{"
        return opens and line.forms[0] not in _STEERING

    def _decorated(self, index: int) -> int:
        indent = self.lines[index].indent
        while (
            index
            and self.lines[index - 1].forms[0] == "@"
            and self.lines[index - 1].indent == indent
        ):
            index -= 1
        return index

    def _end_of(self, index: int) -> int:
        indent, end = self.lines[index].indent, index + 1
        for following in range(index + 1, len(self.lines)):
            line = self.lines[following]
            if line.indent <= indent and not line.forms[0].startswith("#"):
                closes = self.language is Language.JAVASCRIPT and line.forms[0] == "}"
                return following + 1 if closes and line.indent == indent else end
            if line.indent > indent:
                end = following + 1
        return end

    def said_in(self, block: Block) -> str:
        """Returns what a block says, as one text."""
        return "\n".join(self._said[block.first : block.end])

    @cached_property
    def _said(self) -> list[str]:
        return ["\0".join(line.forms) for line in self.lines]

    def block_around(self, line: int) -> Block | None:
        """Returns the innermost function or class around a line."""
        inner = [block for block in self.blocks if block.first <= line < block.end]
        return inner[-1] if inner else None

    def names_in(self, lines: Iterable[int]) -> set[str]:
        """Returns all names that these lines use."""
        found: set[str] = set()
        for index in lines:
            line = self.lines[index]
            found |= {t.form for t in self.tokens[line.first : line.end] if t.kind == "name"}
        return found


def weight(forms: Iterable[Sequence[str]]) -> int:
    """Returns how many different names and values tell these lines from any other code."""
    return len({f for line in forms for f in line if tells(f)})


def tells(form: str) -> bool:
    """Whether a token says which code it is: a name of one's own, or a text of some length."""
    if form.startswith('"'):
        return len(form) > 3
    return form not in EVERYWHERE and (form[0].isalpha() or form[0] in "_$")


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Returns a text with every word replaced by its new name."""
    return _WORD.sub(lambda m: names.get(m.group(), m.group()), text) if names else text


@lru_cache(maxsize=16)
def layout_of(text: str, language: Language) -> Layout:
    """Returns the layout of a text; the same text again is not read again."""
    return Layout(text, language)
