"""Focus: the one statement or `except` clause that a repair most likely touches.

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
from playground.domain.regions import first_line, last_line, region_text
from playground.domain.syntax import parse
from playground.domain.tasks import Region

_LINES_MAX = 8
_SHARE_MAX = 0.6
_WHOLE_LINES_MIN = 6
_TRY = "try:\n    pass\n"

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def focus_of(text: str, *, region: Region, finding: Finding) -> Region | None:
    """Returns the smallest statement around the finding, None when it is no smaller than needed.

    A definition is never a focus: what is wrong with its head concerns its body. What is wrong with
    an `except` clause, or with an error that is raised in it, concerns that clause (kind "clause"),
    whatever length the statement has that it belongs to.
    """
    tree = None if is_script(region.path) else parse(text)
    kinds = {"function", "statement"}
    if tree is None or region.kind not in kinds or finding.path != region.path:
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
    clause = _clause(around, first, last)
    if clause is not None and _is_small(region, clause.lineno, last_line(clause.body[-1])):
        found = replace(
            region, start_line=clause.lineno, end_line=last_line(clause.body[-1]), kind="clause"
        )
        if _is_clause(focus_text(text, found), clause):
            return found
    if not _is_small(region, first_line(node), last_line(node)) or _shares_lines(text, node):
        return None
    return replace(region, start_line=first_line(node), end_line=last_line(node), kind="statement")


def _is_small(region: Region, first: int, last: int) -> bool:
    whole, lines = region.end_line - region.start_line + 1, last - first + 1
    return whole >= _WHOLE_LINES_MIN and lines <= min(_LINES_MAX, whole * _SHARE_MAX)


def _clause(around: list[ast.stmt], first: int, last: int) -> ast.ExceptHandler | None:
    """Returns the `except` clause that the finding is about: its head, or an error raised in it."""
    for node in reversed(around):
        if isinstance(node, _Definition):
            return None
        if isinstance(node, ast.Try | ast.TryStar):
            inside = [h for h in node.handlers if h.lineno <= first and last <= (h.end_lineno or 0)]
            innermost = around[-1]
            about = innermost is node or isinstance(innermost, ast.Raise)
            return inside[0] if inside and about else None
    return None


def _is_clause(text: str, clause: ast.ExceptHandler) -> bool:
    """Whether these lines are the clause and nothing else."""
    alone = parse(f"{_TRY}{text}")
    only = alone.body[0] if alone and len(alone.body) == 1 else None
    handlers = only.handlers if isinstance(only, ast.Try) else []
    return len(handlers) == 1 and ast.dump(handlers[0]) == ast.dump(clause)


def with_clause(text: str, *, region: Region, clause: Region, code: str) -> str:
    """Returns the region's lines with an answer in the place of the clause or of all its `try`.

    Args:
        text: of the file.
        region: lines around the clause.
        clause: a focus of the kind "clause".
        code: the answer.
    """
    lines = split_lines(text.replace("\r\n", "\n"))
    place = (clause.start_line, clause.end_line)
    tree, answer = parse(text), textwrap.dedent(code)
    if tree is not None and parse(answer) is not None:
        # A clause alone cannot be parsed, so the answer is the whole statement.
        owners = [n for n in ast.walk(tree) if isinstance(n, ast.Try | ast.TryStar)
                  if any(h.lineno == clause.start_line for h in n.handlers)]  # fmt: skip
        if owners and owners[0].lineno >= region.start_line:
            place = (owners[0].lineno, last_line(owners[0]))
    old = lines[place[0] - 1]
    put = textwrap.indent(answer, old[: len(old) - len(old.lstrip())])
    before, after = lines[region.start_line - 1 : place[0] - 1], lines[place[1] : region.end_line]
    return "".join([*before, put, *after])


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
