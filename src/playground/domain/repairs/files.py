"""Repairs of files that are opened and not surely closed."""

from __future__ import annotations

import ast

from playground.domain.findings import Finding
from playground.domain.repairs.naming import Opaque, fresh_in, uses
from playground.domain.repairs.optional import certain, undisturbed
from playground.domain.repairs.source import Edit, Source, walked

_STEP = "    "


def managed(source: Source, finding: Finding) -> list[Edit] | None:
    """SIM115: a file that is opened is closed by `with`, however the code is left."""
    call = next((n for n in _calls(source, finding)), None)
    statement = source.statement(call) if call is not None else None
    if call is None or statement is None or source.function(statement) is None:
        return None
    match statement:
        case ast.Assign(targets=[ast.Name() as name], value=value) if value is call:
            return _closed_later(source, statement, name)
        case ast.Assign() | ast.Return() | ast.Expr():
            return _read_at_once(source, statement, call)
        case _:
            return None


def _calls(source: Source, finding: Finding) -> list[ast.Call]:
    start, _ = source.span(finding.span)
    return [
        n
        for n in walked(source.tree)
        if isinstance(n, ast.Call)
        and source.start(n) == start
        and source.start(n.func) == start
        and source.end(n.func) == source.span(finding.span)[1]
    ]


def _closed_later(source: Source, statement: ast.Assign, name: ast.Name) -> list[Edit] | None:
    """The file is closed by a statement of the same block: what is between goes into `with`."""
    block, indent = source.block(statement), source.indent(statement)
    function = source.function(statement)
    if block is None or indent is None or function is None:
        return None
    first = next(n for n, one in enumerate(block) if one is statement)
    last = next((n for n in range(first + 1, len(block)) if _closes(block[n], name.id)), None)
    if last is None or last == first + 1:
        return None
    try:
        every = uses(function, name.id)
    except Opaque:
        return None
    start, end = source.start(statement), source.end(block[last])
    if any(not start <= source.start(n) < end for n in every):
        return None
    inside = block[first + 1 : last]
    if any(isinstance(n.ctx, ast.Store) for n in every if n is not name):
        return None
    body = source.moved(inside, indent=indent + _STEP)
    if body is None or source.comments(source.end(statement), end=end) != source.comments(
        source.start(inside[0]), end=source.end(inside[-1])
    ):
        return None
    head = f"with {source.code(statement.value)} as {name.id}:\n"
    return [Edit(start, end, head + body.rstrip("\n"))]


def _closes(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=other), attr="close"), args=[])
        ):
            return other == name
        case _:
            return False


def _read_at_once(source: Source, statement: ast.stmt, call: ast.Call) -> list[Edit] | None:
    """The file is only read within the statement, as in `text = open(path).read()`."""
    function, indent = source.function(statement), source.indent(statement)
    used = source.parent(call)
    reads = isinstance(used, ast.Attribute) and used.attr in {"read", "readlines", "readline"}
    loads = isinstance(used, ast.Call) and used.args[:1] == [call] and _loads(used)
    if function is None or indent is None or not (reads or loads):
        return None
    if not certain(source, call, statement=statement) or not undisturbed(
        source, call, statement=statement
    ):
        return None
    name = fresh_in(function, "file", "stream", "opened_file")
    if name is None or "\n" in source.code(statement):
        return None
    start = source.start(statement)
    head = f"with {source.code(call)} as {name}:\n{indent}{_STEP}"
    return [Edit(start, start, head), Edit(source.start(call), source.end(call), name)]


def _loads(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"load", "safe_load"}
