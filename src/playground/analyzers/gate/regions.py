"""The smallest runs of statements in which two states of a file differ."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import cast

from playground.analyzers.gate.cheats.syntax import BODY_FIELDS
from playground.analyzers.gate.view import ChangeView, Definition

Blocks = tuple[Sequence[ast.stmt], Sequence[ast.stmt]]


def runs(view: ChangeView) -> Iterator[Blocks]:
    """Yields them for the whole file, between what stands the same before and after them."""
    if view.old.tree is not None and view.new.tree is not None:
        yield from runs_of(view, (view.old.tree.body, view.new.tree.body))


def runs_of(view: ChangeView, blocks: Blocks) -> Iterator[Blocks]:
    """Yields them for two blocks."""
    waiting = [blocks]
    while waiting:
        old, new = _without_common(view, *waiting.pop())
        inner = _inner_blocks(old, new)
        if inner:
            waiting += inner
        elif old or new:
            yield old, new


def changed(view: ChangeView) -> Iterator[Blocks]:
    """Yields what differs, wherever it stands: definitions are compared with their namesakes."""
    waiting: list[Blocks] = []
    if view.old.tree is not None and view.new.tree is not None:
        waiting.append((view.old.tree.body, view.new.tree.body))
    while waiting:
        gone, come = view.unmatched(*waiting.pop())
        paired: set[int] = set()
        for was, now in _namesakes(gone, come):
            if type(was) is type(now) and head_of(was) == head_of(now):
                paired |= {id(was), id(now)}
                if isinstance(was, ast.ClassDef):
                    waiting.append((was.body, now.body))
                else:
                    yield from runs_of(view, (was.body, now.body))
        left = [[node for node in side if id(node) not in paired] for side in (gone, come)]
        if left[0] or left[1]:
            yield left[0], left[1]


def _namesakes(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt]
) -> Iterator[tuple[Definition, Definition]]:
    before = {node.name: node for node in old if isinstance(node, Definition)}
    after = {node.name: node for node in new if isinstance(node, Definition)}
    for name in before.keys() & after.keys():
        yield before[name], after[name]


def _without_common(
    view: ChangeView, before: Sequence[ast.stmt], after: Sequence[ast.stmt]
) -> Blocks:
    """Returns two blocks without the statements at their ends whose text is the same."""
    old = [view.old.source_of(statement) for statement in before]
    new = [view.new.source_of(statement) for statement in after]
    first, least = 0, min(len(old), len(new))
    while first < least and old[first] == new[first]:
        first += 1
    last = 0
    while last < least - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return before[first : len(old) - last], after[first : len(new) - last]


def _inner_blocks(before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> list[Blocks]:
    """Returns the blocks of statements whose heads are the same, empty if any head differs."""
    if len(before) != len(after) or not before:
        return []
    found: list[Blocks] = []
    for old, new in zip(before, after, strict=True):
        blocks = [name for name in BODY_FIELDS if getattr(old, name, None)]
        if not blocks or type(old) is not type(new) or head_of(old) != head_of(new):
            return []
        found += [(getattr(old, name), getattr(new, name)) for name in blocks]
    return found


def head_of(node: ast.stmt) -> list[str]:
    """Returns a statement without its blocks."""
    values = {name: cast("object", getattr(node, name, None)) for name in node._fields}
    heads: list[str] = []
    for name, value in values.items():
        if name in BODY_FIELDS:
            heads.append(f"{name} {bool(value)}")
            continue
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        heads += [ast.dump(i) if isinstance(i, ast.AST) else repr(i) for i in items]
    return heads
