"""Regions: the smallest enclosing symbol that a change may touch."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from playground.domain import javascript
from playground.domain.changes import split_lines
from playground.domain.syntax import parse
from playground.domain.tasks import Region

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_WINDOW_LINES = 8


@dataclass(frozen=True, slots=True)
class _Scope:
    node: ast.stmt
    name: str


def first_line(node: ast.stmt) -> int:
    """Returns the statement's first line, decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def last_line(node: ast.stmt) -> int:
    """Returns the statement's last line."""
    return node.end_lineno or node.lineno


def _scopes(
    statements: list[ast.stmt], prefix: str, *, around: int | None = None
) -> Iterator[_Scope]:
    """Yields statements, outer ones first, all of them or those around a line alone."""
    for node in statements:
        if around is not None and not _covers(node, around):
            continue  # so is nothing in it, and a file may have thousands of findings
        name = prefix
        if isinstance(node, _Definition):
            name = f"{prefix}.{node.name}" if prefix else node.name
        yield _Scope(node, name)
        for body in _bodies(node):
            yield from _scopes(body, name, around=around)


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(node, field, [])
    for field in ("handlers", "cases"):
        for part in getattr(node, field, []):
            yield part.body


def enclosing_symbol(tree: ast.Module, line: int) -> str:
    """Returns the qualified name of the innermost function or class around a line, or ""."""
    name = ""
    for first, last, symbol in _symbols(tree):
        if first <= line <= last:
            name = symbol
    return name


@lru_cache(maxsize=8)
def _symbols(tree: ast.Module) -> tuple[tuple[int, int, str], ...]:
    """Returns first line, last line and name of all functions and classes, outer ones first."""
    return tuple(
        (first_line(scope.node), last_line(scope.node), scope.name)
        for scope in _scopes(tree.body, "")
        if isinstance(scope.node, _Definition)
    )


def _covers(node: ast.stmt, line: int) -> bool:
    return first_line(node) <= line <= last_line(node)


def region_at(path: str, *, text: str, line: int, lines_max: int = 80) -> Region:
    """Returns the smallest region around a line that can be rewritten on its own.

    The outermost function of at most `lines_max` lines, since a closure cannot be understood
    without what is around it; failing that, the largest enclosing statement that fits; failing
    that, whole statements around the place: the beginning of the definition whose head it is, or
    neighbours of a comment; failing that, a window of lines.
    """
    total = len(split_lines(text))
    if javascript.is_script(path):
        return _script_region(path, text=text, line=line, lines_max=lines_max)
    tree = parse(text)
    if tree is None:
        return _window(path, line, total)
    around = list(_scopes(tree.body, "", around=line))
    fitting = [s for s in around if last_line(s.node) - first_line(s.node) < lines_max]
    functions = [s for s in fitting if isinstance(s.node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if functions:
        return _region(path, functions[0], "function")
    if fitting:
        kind = "class" if isinstance(fitting[0].node, ast.ClassDef) else "statement"
        return _region(path, fitting[0], kind)
    piece = _beginning(path, around[-1], line=line, lines_max=lines_max) if around else None
    piece = piece or _neighbours(path, around[-1].node if around else tree, line)
    if piece is not None and parse(textwrap.dedent(region_text(text, piece))) is not None:
        return piece
    return _window(path, line, total)


def _beginning(path: str, scope: _Scope, *, line: int, lines_max: int) -> Region | None:
    """Returns a statement's head and as much of its block as is not much, for a line of the head.

    The rest of the block goes on behind it, at the same indentation, so it can be rewritten alone.
    """
    body = next(_bodies(scope.node))
    if not body or line >= first_line(body[0]):
        return None
    start = first_line(scope.node)
    end = last_line(body[0])
    if end - start >= lines_max:
        return None
    for node in body[1:]:
        if last_line(node) - start > 2 * _WINDOW_LINES:
            break
        end = last_line(node)
    if not isinstance(scope.node, _Definition):
        return Region(path, start, end, "", "statement")
    kind = "class" if isinstance(scope.node, ast.ClassDef) else "function"
    return Region(path, start, end, scope.name, kind)


def _neighbours(path: str, owner: ast.stmt | ast.Module, line: int) -> Region | None:
    """Returns the whole statements of one block around a line that is in none of them."""
    blocks = [owner.body] if isinstance(owner, ast.Module) else list(_bodies(owner))
    for block in blocks:
        near = [
            node
            for node in block
            if line - _WINDOW_LINES <= first_line(node) and last_line(node) <= line + _WINDOW_LINES
        ]
        if near and first_line(block[0]) <= line <= last_line(block[-1]):
            start, end = first_line(near[0]), last_line(near[-1])
            return Region(path, min(start, line), max(end, line), "", "statement")
    return None


def _script_region(path: str, *, text: str, line: int, lines_max: int) -> Region:
    """The same by brackets alone; comments directly above belong to a region."""
    around = [b for b in javascript.blocks(text) if b.head_line <= line <= b.end_line]
    fitting = [b for b in around if b.end_line - b.head_line < lines_max]
    functions = [b for b in fitting if b.kind == "function"]
    for block in (*functions[:1], *fitting[:1]):
        return Region(path, block.head_line, block.end_line, block.name, block.kind)
    return _window(path, line, len(split_lines(text)))


def _region(path: str, scope: _Scope, kind: str) -> Region:
    return Region(path, first_line(scope.node), last_line(scope.node), scope.name, kind)


def _window(path: str, line: int, total: int) -> Region:
    start, end = max(1, line - _WINDOW_LINES), min(total, line + _WINDOW_LINES)
    return Region(path, start, max(start, end), "", "statement")


def region_text(text: str, region: Region) -> str:
    """Returns the region's lines with their ends."""
    return "".join(split_lines(text)[region.start_line - 1 : region.end_line])
