"""Texts that remember, character by character, where each of them was before an edit."""

from __future__ import annotations

import io
import random
import re
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

WORD = re.compile(r"\b[^\W\d]\w*\b")


@dataclass
class EditedText:
    """A text after some edits.

    Attributes:
        text: the text as it is now.
        origins: by offset, the offset before all edits; None for what was not there. One longer
            than the text: its end is its end.
        renamed: names before and now.
        base: what the offsets of this text begin at, so that those of several texts differ.
    """

    text: str
    origins: list[int | None] = field(default_factory=list[int | None])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    base: int = 0

    def __post_init__(self) -> None:
        if not self.origins:
            self.origins = [*range(self.base, self.base + len(self.text) + 1)]

    def put(self, at: int, text: str) -> None:
        """Inserts something new."""
        self.text = self.text[:at] + text + self.text[at:]
        self.origins[at:at] = [None] * len(text)

    def cut(self, start: int, end: int) -> tuple[str, list[int | None]]:
        """Removes a stretch and returns it."""
        taken = self.text[start:end], self.origins[start:end]
        self.text = self.text[:start] + self.text[end:]
        del self.origins[start:end]
        return taken

    def paste(self, at: int, taken: tuple[str, list[int | None]]) -> None:
        """Inserts a stretch that was cut."""
        self.text = self.text[:at] + taken[0] + self.text[at:]
        self.origins[at:at] = taken[1]

    def substitute(self, start: int, end: int, text: str) -> None:
        """Replaces a word by another in the same place."""
        first, last = self.origins[start], self.origins[end - 1]
        self.cut(start, end)
        self.put(start, text)
        if first is not None and last is not None:
            self.origins[start : start + len(text)] = [
                min(first + index, last) for index in range(len(text))
            ]

    @property
    def starts(self) -> list[int]:
        """Offsets of line starts, and of the end of a text that ends in a line end."""
        return [0, *(m.end() for m in re.finditer("\n", self.text))]

    @cached_property
    def _final_starts(self) -> list[int]:
        return self.starts

    def origin_at(self, line: int, column: int) -> int | None:
        """Returns the offset before of a place, both counted from 1; asked after all edits."""
        starts = self._final_starts
        at = starts[line - 1] + column - 1 if line <= len(starts) else len(self.text)
        return self.origins[min(at, len(self.text))]


@dataclass(frozen=True)
class Shape:
    """Where a text can be laid out otherwise.

    Attributes:
        strings: lines, from 0, that begin inside a string.
        breaks: offsets after a bracket or comma inside brackets, with code on the same line.
        folds: stretches of white space with a line end inside brackets, without a comment.
    """

    strings: frozenset[int]
    breaks: tuple[int, ...]
    folds: tuple[tuple[int, int], ...]


def shape_of(text: str) -> Shape:
    """Returns the shape of a text that the standard library can tokenise."""
    strings: set[int] = set()
    breaks: list[int] = []
    folds: list[tuple[int, int]] = []
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    depth, end_before, before = 0, 0, ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        start = starts[token.start[0] - 1] + token.start[1]
        if token.type == tokenize.STRING:
            strings |= set(range(token.start[0], token.end[0]))
        if token.type == tokenize.NL:
            continue
        gap = text[end_before:start]
        if depth and before != "#" and token.type != tokenize.COMMENT:
            if "\n" in gap and not gap.strip():
                folds.append((end_before, start))
            elif "\n" not in gap and before in "([{,":
                breaks.append(start)
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        end_before = starts[token.end[0] - 1] + token.end[1]
        before = "#" if token.type == tokenize.COMMENT else token.string[:1] or " "
    return Shape(frozenset(strings), tuple(breaks), tuple(folds))


def edited_texts(texts: Mapping[str, str]) -> dict[str, EditedText]:
    """Returns texts by path, none of which is edited yet."""
    return {
        path: EditedText(text, base=number * 10**8)
        for number, (path, text) in enumerate(sorted(texts.items()))
    }


Edit = Callable[[EditedText, random.Random], bool]
"""Changes a text; False if there is nothing that it could change."""
