"""Focus: the one statement that a repair most likely touches.

Small models copy long code and lose their way in it. Asked for one statement inside a function
that they may read, they answer in a tenth of the tokens; what needs more is asked for the whole
function next.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import replace

from playground.domain.changes import split_lines
from playground.domain.findings import Finding
from playground.domain.javascript import is_script
from playground.domain.regions import first_line, last_line, parse, region_text
from playground.domain.tasks import Region

_LINES_MAX = 8
_SHARE_MAX = 0.6
_WHOLE_LINES_MIN = 6

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def focus_of(text: str, *, region: Region, finding: Finding) -> Region | None:
    """Returns the smallest statement around the finding, None when it is no smaller than needed.

    A definition is never a focus: what is wrong with its head concerns its body.
    """
    tree = None if is_script(region.path) else parse(text)
    if tree is None or region.kind != "function" or finding.path != region.path:
        return None
    first, last = finding.span.start_line, max(finding.span.start_line, finding.span.end_line)
    around = [
        node
        for node in _statements(tree.body)
        if first_line(node) <= first and last <= last_line(node)
        if region.start_line <= first_line(node) and last_line(node) <= region.end_line
    ]
    node = around[-1] if around else None
    if node is None or isinstance(node, _Definition):
        return None
    lines = last_line(node) - first_line(node) + 1
    whole = region.end_line - region.start_line + 1
    small = whole >= _WHOLE_LINES_MIN and lines <= min(_LINES_MAX, whole * _SHARE_MAX)
    if not small or _shares_lines(text, node):
        return None
    return replace(region, start_line=first_line(node), end_line=last_line(node), kind="statement")


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields statements from the outside in."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, field, []))
        for field in ("handlers", "cases"):
            for part in getattr(node, field, []):
                yield from _statements(part.body)


def _shares_lines(text: str, node: ast.stmt) -> bool:
    """Whether the statement's lines hold more than the statement, as after a semicolon."""
    lines = split_lines(text)[first_line(node) - 1 : last_line(node)]
    alone = parse(textwrap.dedent("".join(lines)))
    return alone is None or len(alone.body) != 1 or ast.dump(alone.body[0]) != ast.dump(node)


def focus_text(text: str, focus: Region) -> str:
    """Returns the statement's lines without their common indentation."""
    return textwrap.dedent(region_text(text, focus).replace("\r\n", "\n"))


def answered_whole(code: str, *, region: Region) -> bool:
    """Whether an answer about the focus gives the whole function instead."""
    tree = parse(textwrap.dedent(code))
    name = region.name.rsplit(".", 1)[-1]
    return tree is not None and any(
        isinstance(node, _Definition) and node.name == name for node in ast.walk(tree)
    )
