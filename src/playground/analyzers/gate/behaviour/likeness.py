"""How alike two states of a Python file are, as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import cast

from playground.analyzers.gate.cheats.syntax import is_docstring
from playground.analyzers.gate.view import ChangeView, Definition, FunctionNode, Side

_ANNOTATIONS = frozenset({"annotation", "returns"})
_NO_MEANING = frozenset({"type_comment", "kind", "ctx"})
_IMPORTS = (ast.Import, ast.ImportFrom)
_END = object()

_Body = Sequence[ast.stmt]


class Likeness(IntEnum):
    """The least that has to be left out to make two trees equal."""

    SAME = 0
    DOCSTRINGS = 1
    ANNOTATIONS = 2
    IMPORTS = 3
    NONE = 4


def likeness(view: ChangeView) -> Likeness:
    """Returns how alike a changed file is to what it was; both sides must parse."""
    old, new = view.old.tree, view.new.tree
    if old is None or new is None:
        return Likeness.NONE
    pairs = [*_different(view, old, new)]
    for level in Likeness:
        if level is Likeness.NONE or all(_equal(*pair, level=level) for pair in pairs):
            return level
    return Likeness.NONE


_Owner = ast.Module | Definition


def _different(
    view: ChangeView, old: _Owner, new: _Owner
) -> Iterator[tuple[list[ast.AST], list[ast.AST]]]:
    """Yields the statements that differ, as few as a look at the text can tell.

    A docstring is only one as the first statement, so a body's first statements stay in as soon
    as one of them is a docstring on one side.
    """
    waiting: list[tuple[_Owner, _Owner]] = [(old, new)]
    while waiting:
        was, now = waiting.pop()
        before, after = _unequal(view, was.body, now.body)
        pair = [*before, *after] if len(before) == len(after) == 1 else []
        if pair and all(isinstance(node, Definition) for node in pair):
            one, other = (cast("Definition", node) for node in pair)
            # The head also says whether it is a function, a coroutine or a class.
            if _head(view.old, one) == _head(view.new, other):
                waiting.append((one, other))
                continue
        yield [_With(was, before)], [_With(now, after)]


class _With(ast.AST):
    """Some statements of a body, which knows whether the first of them is its docstring."""

    _fields = ("body",)

    def __init__(self, owner: _Owner, body: _Body) -> None:
        self.body = list(body)
        self.docstrings = {id(s) for s in _docstrings(owner)}


def _unequal(view: ChangeView, before: _Body, after: _Body) -> tuple[_Body, _Body]:
    """Returns both lists without the statements of equal text that they begin and end with."""
    old, new = view.old, view.new
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and old.source_of(before[head]) == new.source_of(after[head]):
        head += 1
    tail = 0
    while tail < shorter - head and old.source_of(before[-1 - tail]) == new.source_of(
        after[-1 - tail]
    ):
        tail += 1
    if (
        tail
        and tail == shorter - head
        and (is_docstring(before[-tail]) or is_docstring(after[-tail]))
    ):
        tail -= 1
    return before[head : len(before) - tail], after[head : len(after) - tail]


def _head(side: Side, node: Definition) -> str:
    first, body = node.lineno, node.body[0].lineno
    decorators = [d.lineno for d in node.decorator_list]
    if body <= node.lineno:
        return side.source_of(node)
    inner: list[ast.expr] = getattr(node.body[0], "decorator_list", [])
    end = min([body, *(d.lineno for d in inner)])
    return "".join(side.lines[min([first, *decorators]) - 1 : end - 1])


def _equal(old: Sequence[ast.AST], new: Sequence[ast.AST], *, level: Likeness) -> bool:
    left, right = _tokens(old, level), _tokens(new, level)
    nothing = object()
    while True:
        before, after = next(left, nothing), next(right, nothing)
        if before is nothing or after is nothing:
            return before is after
        if type(before) is not type(after) or before != after:
            return False


def _tokens(roots: Sequence[ast.AST], level: Likeness) -> Iterator[object]:
    """Yields trees in preorder, without positions and without what the level leaves out.

    The end of each list is marked, so that nesting shows. An annotated assignment counts as the
    assignment; a bare declaration stays, because it may make a field.
    """
    waiting: list[object] = list(reversed(roots))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.AST):
            yield repr(node) if isinstance(node, float | complex) else node
            continue
        if level >= Likeness.ANNOTATIONS and isinstance(node, ast.AnnAssign) and node.value:
            yield "Assign"
            waiting += [node.value, _END, node.target]
            continue
        yield type(node).__name__
        waiting += reversed([*_fields(node, level)])


def _fields(node: ast.AST, level: Likeness) -> Iterator[object]:
    skipped: set[int] = set()
    if level >= Likeness.DOCSTRINGS:
        skipped = node.docstrings if isinstance(node, _With) else {id(s) for s in _docstrings(node)}
    for field, value in ast.iter_fields(node):
        if field in _NO_MEANING or (level >= Likeness.ANNOTATIONS and field in _ANNOTATIONS):
            continue
        if not isinstance(value, list):
            yield value
            continue
        for item in cast("list[object]", value):
            if id(item) in skipped or (level >= Likeness.IMPORTS and isinstance(item, _IMPORTS)):
                continue
            yield item
        yield _END


def _docstrings(node: ast.AST) -> Sequence[ast.stmt]:
    if not isinstance(node, ast.Module | ast.ClassDef | FunctionNode):
        return ()
    return node.body[:1] if node.body and is_docstring(node.body[0]) else ()
