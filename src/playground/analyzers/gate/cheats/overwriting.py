"""Values given where they take the place of the one that was found before."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from playground.analyzers.gate.cheats.syntax import blocks, code_of, loaded_names, walked
from playground.analyzers.gate.view import ChangeView, FunctionNode
from playground.domain.verdicts import Objection

_Loop = ast.For | ast.AsyncFor | ast.While
_JUMPS = (ast.Break, ast.Continue, ast.Return, ast.Raise)


def values(view: ChangeView) -> Iterator[Objection]:
    """New values of a name that was given one before and that nothing has read in between.

    A name without a value on some path needs one before the branch or the loop. Given behind it,
    or anew in every turn of the loop, the value takes the place of what was found.
    """
    for before, after in view.function_pairs.values():
        for name in _overwritten(before, after):
            message = f"{name} is given a value after it was set, so what was found is lost; "
            yield Objection("dodge:weakened", message + "give it before the branch or the loop.")
            return


def _overwritten(before: FunctionNode, after: FunctionNode) -> Iterator[str]:
    """Yields names whose new values take the place of values that are as old as the function."""
    known = Counter(code_of(node) for node in walked(before) if _plain_name(node))
    new: set[int] = set()
    for node in walked(after):
        if _plain_name(node):
            known[code_of(node)] -= 1
            if known[code_of(node)] < 0:
                new.add(id(node))
    if not new:
        return
    stored = _stored(before)
    for block in blocks(walked(after)):
        for number, statement in enumerate(block):
            name = _plain_name(statement)
            if id(statement) in new and name in stored and _replaces(block[:number], name):
                yield name
    for node in walked(after):
        if isinstance(node, _Loop):
            yield from _given_in_every_turn(node, after=after, new=new, stored=stored)


def _plain_name(node: ast.AST) -> str:
    """Returns the name that a statement gives a value which does not depend on the old one."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
    else:
        return ""
    if not isinstance(target, ast.Name) or node.value is None:
        return ""
    return "" if target.id in loaded_names(walked(node.value)) else target.id


def _stored(*nodes: ast.AST) -> set[str]:
    return {
        node.id
        for node in walked(*nodes)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _replaces(earlier: Sequence[ast.stmt], name: str) -> bool:
    """Whether a statement before gives the name a value that nothing has read since."""
    for statement in reversed(earlier):
        inside = walked(statement)
        if name in loaded_names(inside) or any(isinstance(n, _JUMPS) for n in inside):
            return False
        if name in _stored(statement):
            return True
    return False


def _given_in_every_turn(
    loop: _Loop, *, after: FunctionNode, new: set[int], stored: set[str]
) -> Iterator[str]:
    """Yields names set in a loop for later that the same loop now gives a value of its own."""
    inside = walked(*loop.body)
    read_inside = loaded_names(walked(loop))
    for node in inside:
        name = _plain_name(node)
        if id(node) not in new or name not in stored or name in read_inside:
            continue
        others = [n for n in inside if isinstance(n, ast.Name) and n.id == name]
        if len(others) > 1 and _is_read_behind(loop, name, after=after):
            yield name


def _is_read_behind(loop: ast.stmt, name: str, *, after: FunctionNode) -> bool:
    last = loop.end_lineno or loop.lineno
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) and n.lineno > last
        for n in walked(after)
    )
