"""How an answer begins: the part of a region that stands before the problem is already right.

A small model that must write a whole function again drops its head, or changes lines that nobody
asked about. Given the lines before the problem as the beginning of its own answer, it goes on
from there.
"""

from __future__ import annotations

import ast
import textwrap

from playground.domain.changes import split_lines
from playground.domain.regions import first_line, last_line, parse
from playground.domain.tasks import Region

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_before(code: str, *, region: Region, line: int) -> str:
    """Returns the region's lines before the outermost statement of its body around `line`.

    Only the head of the function, up to its name, when the problem is in the head itself; "" for
    regions that are no function or do not parse.
    """
    tree = parse(textwrap.dedent(code))
    if region.kind != "function" or tree is None or not tree.body:
        return ""
    node = tree.body[0]
    if not isinstance(node, _Function):
        return ""
    place = line - region.start_line + 1
    lines = split_lines(code)
    if place < node.lineno:
        return ""
    for statement in node.body:
        if first_line(statement) <= place <= last_line(statement):
            start = first_line(statement) - 1
            return "".join(lines[:start]) if start >= node.lineno else _head(lines, node)
    return _head(lines, node)


def head_only(code: str, *, region: Region, line: int) -> str:
    """Returns the function's head up to its name, "" where `lines_before` gives nothing."""
    if not lines_before(code, region=region, line=line):
        return ""
    tree = parse(textwrap.dedent(code))
    node = tree.body[0] if tree else None
    return _head(split_lines(code), node) if isinstance(node, _Function) else ""


def _head(lines: list[str], node: _Function) -> str:
    """Returns decorators and the line of `def` up to the opening bracket."""
    line = lines[node.lineno - 1]
    cut = line.index(node.name) + len(node.name)
    return "".join(lines[: node.lineno - 1]) + line[:cut] + "("
