"""Renames: every line that has to change with a name, so that none is forgotten.

A small model renames the definition and stops. Where a request says what is renamed to what, the
lines that hold the old name are known, and the answer gets one edit for each of them.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from playground.domain.javascript import is_script
from playground.domain.syntax import parse
from playground.orchestrator.edits.lines import is_marker, lines_of
from playground.orchestrator.edits.places import EditPlace, named_places
from playground.orchestrator.edits.standing import Standing

_PLACES_MAX = 10
_GROWN_LINES_MAX = 6
_BESIDE_WORDS_MAX = 6  # "please", "everywhere", "in all of the files"
_RENAME = re.compile(
    r"(?i)\brename\b(?P<old>[^;:!?]{1,120}?)\s(?:to|into|as)\s+[`'\"]?(?P<new>[^\W\d][\w.]*)"
)
_WORD = re.compile(r"(?P<quote>[`'\"]?)(?P<word>[^\W\d]\w*)")
_LOCAL = frozenset({"parameter", "argument", "variable", "local", "keyword"})
_KINDS = _LOCAL | {
    "the", "a", "its", "function", "class", "method", "constant", "attribute", "field", "property",
    "module", "name", "of", "in", "from", "on",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rename:
    """What a request renames.

    Attributes:
        old: the name as it stands in the code, without what is before a dot.
        new: the name that is wanted.
        within: the function whose parameter or variable it is, "" for a name that others see.
        alone: whether the request asks for nothing else.
    """

    old: str
    new: str
    within: str = ""
    alone: bool = True


def rename_in(goal: str, *, files: Mapping[str, str | None]) -> Rename | None:
    """Returns the rename that a request asks for, None where it asks for none or says no name."""
    found = _RENAME.search(goal)
    if found is None:
        return None
    known = {name for path, text in files.items() for name in _names(path, text or "")}
    words = [(m["word"], bool(m["quote"])) for m in _WORD.finditer(found["old"])]
    named = [w for w, quoted in words if w in known and (quoted or w.lower() not in _KINDS)]
    new = found["new"].rstrip(".").rpartition(".")[2]
    if not named or not new.isidentifier() or keyword.iskeyword(new):
        return None
    old, within = named[0], ""
    if _LOCAL & {word.lower() for word, _ in words}:
        owners = named_places(" ".join(named[1:]), files=files)
        within = owners[0].name if owners else ""
    elif len(named) > 1 and f"{old}.{named[1]}" in found["old"]:
        old = named[1]
    beside = _WORD.findall(goal[: found.start()]) + _WORD.findall(goal[found.end() :])
    alone = len(beside) <= _BESIDE_WORDS_MAX
    return Rename(old, new, within, alone) if new != old else None


def renamed_places(rename: Rename, *, files: Mapping[str, str | None]) -> tuple[EditPlace, ...]:
    """Returns the lines that hold the old name, each grown until it stands only once in its file.

    Args:
        rename: what is renamed.
        files: path to text, None for a file that does not exist yet.
    """
    return tuple(islice(_renamed(rename, files), _PLACES_MAX))


def _renamed(rename: Rename, files: Mapping[str, str | None]) -> Iterator[EditPlace]:
    for path, text in files.items():
        lines = lines_of(text or "")
        numbers = set(_numbers(path, text or "", rename))
        certain = frozenset(p for p in _certain(path, text or "", rename) if p[0] in numbers)
        for start, end in _grown(lines, sorted(numbers)):
            if not any(is_marker(line) for line in lines[start:end]):
                yield EditPlace(path, rename.old, start, end, rename.new, certain)


def _names(path: str, text: str) -> Iterator[str]:
    return (name for name, _ in _mentions(path, text))


def _mentions(path: str, text: str) -> Iterator[tuple[str, int]]:
    """Yields every name in the code, those that strings consist of too, and its line from 0."""
    if is_script(path):
        for number, line in enumerate(lines_of(text)):
            yield from ((m["word"], number) for m in _WORD.finditer(line))
        return
    tree = parse(text.replace("\r\n", "\n"))
    for node in ast.walk(tree) if tree else ():
        line = getattr(node, "lineno", 1) - 1
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Constant(value=str(name)):
                yield name, line
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, line
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                yield name, line
            case ast.keyword(arg=str(name)):
                yield name, line
            case ast.Attribute(attr=name):
                yield name, (node.end_lineno or node.lineno) - 1
            case ast.alias(name=name, asname=other):
                yield from ((part, line) for part in (*name.split("."), other or ""))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from ((name, line) for name in names)
            case _:
                pass


def _certain(path: str, text: str, rename: Rename) -> Iterator[tuple[int, int]]:
    """Yields where the name stands for itself: not behind a dot, in a string or as a keyword."""
    text = text.replace("\r\n", "\n")
    tree = None if is_script(path) else parse(text)
    if tree is None or not text.isascii():
        return
    given = {
        (node.lineno, node.col_offset) for node in ast.walk(tree) if isinstance(node, ast.keyword)
    }
    lines, before = lines_of(text), ""
    for node in ast.walk(tree):  # inside of f-strings there are no tokens before Python 3.12
        if isinstance(node, ast.Name) and _stands_at(lines, node, name=rename.old):
            yield node.lineno - 1, node.col_offset
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.string == rename.old and token.start not in given and before != ".":
                yield token.start[0] - 1, token.start[1]
            before = token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _stands_at(lines: Sequence[str], node: ast.Name, *, name: str) -> bool:
    return node.id == name and lines[node.lineno - 1][node.col_offset :].startswith(name)


def _numbers(path: str, text: str, rename: Rename) -> Iterator[int]:
    mentions = [number for name, number in _mentions(path, text) if name == rename.old]
    if not rename.within:
        yield from mentions
        return
    owners = [
        place
        for place in named_places(rename.within.rpartition(".")[2], files={path: text})
        if place.name == rename.within
    ]
    inside = {number for place in owners for number in range(place.start, place.end)}
    given = set(_given(path, text, rename))
    yield from (number for number in mentions if number in inside | given)


def _given(path: str, text: str, rename: Rename) -> Iterator[int]:
    """Yields the lines where the function is called with the parameter's name."""
    tree = None if is_script(path) else parse(text.replace("\r\n", "\n"))
    called = rename.within.rpartition(".")[2]
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == called:
                yield from (k.lineno - 1 for k in node.keywords if k.arg == rename.old)


def _grown(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields ranges around the numbers that stand only once and do not touch each other."""
    standing = Standing(lines)
    known = (0, 0)
    for number in numbers:
        start, end = number, number + 1
        while end - start < _GROWN_LINES_MAX and not standing.is_only(start, end=end):
            if end == len(lines) and not start:
                break
            start, end = (start, end + 1) if end < len(lines) else (start - 1, end)
        if start < known[1]:
            known = known[0], max(end, known[1])
            continue
        if known[1] and standing.is_only(known[0], end=known[1]):
            yield known
        known = start, end
    if known[1] and standing.is_only(known[0], end=known[1]):
        yield known
