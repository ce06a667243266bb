"""Heads of compound statements, and what two nodes of one type differ in."""

from __future__ import annotations

import ast
from typing import cast

from playground.domain.recipes.forms import form_of
from playground.domain.recipes.texts import Code


def comparable(old: ast.AST, new: ast.AST) -> bool:
    """Whether two nodes differ in nothing but nodes inside, so that only those need edits."""
    if isinstance(old, ast.JoinedStr):
        return False
    for name in old._fields:
        one, other = getattr(old, name, None), getattr(new, name, None)
        if form_of(one) == form_of(other):
            continue
        if isinstance(one, ast.expr) and isinstance(other, ast.expr):
            continue
        if isinstance(one, list) and isinstance(other, list):
            items = [*cast("list[object]", one), *cast("list[object]", other)]
            same = len(cast("list[object]", one)) == len(cast("list[object]", other))
            if same and all(isinstance(item, ast.expr) for item in items):
                continue
        return False
    return True


def head_form(node: ast.AST, blocks: list[str]) -> object:
    """Returns what a statement means beside its blocks."""
    return [form_of(getattr(node, n, None)) for n in node._fields if n not in blocks]


def colon_of(code: Code, node: ast.AST) -> int | None:
    """Returns where the colon of a compound statement's head stands, None where none is found."""
    body = cast("list[ast.stmt]", getattr(node, "body", []))
    if not body:
        return None
    start, stop = code.range_of(node)[0], code.range_of(body[0])[0]
    depth, quote = 0, b""
    data, place = code.data, start
    while place < stop:
        char = data[place : place + 1]
        if quote:
            quote = b"" if char == quote else quote
            place += 1 if char == b"\\" else 0
        elif char in {b'"', b"'"}:
            quote = char
        elif char in {b"(", b"[", b"{"}:
            depth += 1
        elif char in {b")", b"]", b"}"}:
            depth -= 1
        elif char == b"#":
            place = code.line_end(place) - 1
        elif char == b":" and depth == 0:
            return place
        place += 1
    return None
