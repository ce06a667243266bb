"""Places: the parts of files that a request in words names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from playground.domain.javascript import blocks, is_script
from playground.domain.regions import first_line, last_line
from playground.domain.syntax import parse

_WORD = re.compile(r"[^\W\d]\w*")
_NAME_CHARS_MIN = 3


@dataclass(frozen=True, slots=True)
class EditPlace:
    """A function, a class, or lines that have to change.

    Attributes:
        path: POSIX path relative to the task's root.
        name: its qualified name, or the name that the lines hold.
        start: first line, counted from 0.
        end: the line after the last one.
        renamed: what the name becomes; an edit then shows all lines, and changes nothing else. ""
            for a place that may change in any way.
        certain: line and column, from 0, of every old name that can mean nothing else.
    """

    path: str
    name: str
    start: int
    end: int
    renamed: str = ""
    certain: frozenset[tuple[int, int]] = frozenset()


def named_places(goal: str, *, files: Mapping[str, str | None]) -> tuple[EditPlace, ...]:
    """Returns the functions and classes whose names stand in the goal, in the order of the files.

    Variables do not count: they are named more often to be used than to be changed. Of places
    inside each other the inner ones count: who names a class and its method means the method.

    Args:
        goal: the request in words.
        files: path to text, None for a file that does not exist yet.
    """
    words = {word for word in _WORD.findall(goal) if len(word) >= _NAME_CHARS_MIN}
    named: list[EditPlace] = []
    for path, text in files.items():
        known = _script(path, text or "") if is_script(path) else _python(path, text or "")
        found = [place for place in known if place.name.rpartition(".")[2] in words]
        found.sort(key=lambda place: (place.start, -place.end))  # what is inside comes next
        named += [p for p, q in pairwise([*found, None]) if p and not (q and _holds(p, q))]
    return tuple(named)


def _holds(outer: EditPlace, inner: EditPlace) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _python(path: str, text: str) -> Iterator[EditPlace]:
    tree = parse(text.replace("\r\n", "\n"))
    if tree is not None:
        yield from _members(path, tree.body, within="")


def _members(path: str, body: Sequence[ast.stmt], *, within: str) -> Iterator[EditPlace]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield EditPlace(path, f"{within}{node.name}", first_line(node) - 1, last_line(node))
        if isinstance(node, ast.ClassDef):
            yield from _members(path, node.body, within=f"{within}{node.name}.")


def _script(path: str, text: str) -> Iterator[EditPlace]:
    for block in blocks(text):
        if block.name and block.kind in {"function", "class"}:
            yield EditPlace(path, block.name, block.start_line - 1, block.end_line)
