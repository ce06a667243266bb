"""Definitions that an answer only outlines, as prompts do with code that matters less.

A model that saw `def load(path: str) -> str: ...` writes it again so. Taken for a change, it would
empty the function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from playground.domain.changes import split_lines
from playground.domain.regions import first_line, last_line
from playground.domain.syntax import parse

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_outlines(code: str, *, base: str) -> str:
    """Returns the code without definitions that the base has whole and the code leaves empty.

    Classes of which nothing new is left go as well.
    """
    new, old = parse(code), parse(base)
    if new is None or old is None:
        return code
    lines = split_lines(code)
    for node in sorted(_outlined(new.body, old.body), key=first_line, reverse=True):
        del lines[first_line(node) - 1 : last_line(node)]
    return "".join(lines)


def _outlined(body: Sequence[ast.stmt], known: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    named = {n.name: n for n in known if isinstance(n, _Function | ast.ClassDef)}
    for node in body:
        old = named.get(node.name) if isinstance(node, _Function | ast.ClassDef) else None
        if isinstance(node, _Function) and isinstance(old, _Function):
            if _is_empty(node) and not _is_empty(old):
                yield node
        elif isinstance(node, ast.ClassDef) and isinstance(old, ast.ClassDef):
            inner = list(_outlined(node.body, old.body))
            same = {ast.dump(n) for n in old.body}
            if inner and all(n in inner or ast.dump(n) in same for n in node.body):
                yield node
            else:
                yield from inner


def _is_empty(node: _Function) -> bool:
    """Whether the body is nothing but an ellipsis and perhaps a docstring."""
    constants = [
        n.value.value
        for n in node.body
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    ]
    return len(constants) == len(node.body) and constants[-1] is ...
