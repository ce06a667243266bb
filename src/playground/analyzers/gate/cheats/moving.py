"""Findings that did not go away but went elsewhere: into another function, class or file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name
from playground.analyzers.gate.view import ChangeView, Side
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, normalised
from playground.domain.regions import enclosing_symbol

_SIZE_MIN = 4
_LATER = ("B023", "reportOptional", "reportPossiblyUnbound", "PLR09", "C90")
"""Rules for which a function of its own is an honest repair."""


def is_elsewhere(
    view: ChangeView, finding: Finding, *, others: Sequence[ChangeView], likely: bool
) -> bool:
    """Whether the code that a finding was about left its place and now stands in another one.

    Args:
        view: the finding's file before and after.
        finding: as it was reported for the file before.
        others: the other changed files.
        likely: whether something already speaks against the change; then code of the same kind
            counts as the same code, because its names may have changed on the way.
    """
    if _is_line_elsewhere(view, finding):
        return True
    if finding.rule.startswith(_LATER):
        return False
    about = list(_nodes_at(view.old, finding))
    if not about:
        return False
    marks = {code_of(node) for node in about}
    if _came_to(view, finding, marks=marks, kinds=frozenset()):
        return True
    if any(_new_code(other) & marks for other in others if other.comparable):
        return True
    kinds = frozenset(_kind(node) for node in about) - {""}
    return likely and _came_to(view, finding, marks=set(), kinds=kinds)


def _is_line_elsewhere(view: ChangeView, finding: Finding) -> bool:
    line = normalised(finding.line_text)
    if not line:
        return False
    before, after = _symbols_of(view.old, line), _symbols_of(view.new, line)
    return finding.symbol in before and finding.symbol not in after and bool(after - before)


def _symbols_of(side: Side, line: str) -> set[str]:
    tree = side.tree
    if tree is None:
        return set()
    return {
        enclosing_symbol(tree, number)
        for number, text in enumerate(split_lines(side.text), start=1)
        if normalised(text) == line
    }


def _nodes_at(side: Side, finding: Finding) -> Iterator[ast.AST]:
    """Yields the largest nodes that begin where the finding begins and are worth a name."""
    start = (finding.span.start_line, finding.span.start_column - 1)
    for node in side.nodes:
        if not isinstance(
            node, ast.Call | ast.JoinedStr | ast.BinOp | ast.Raise | ast.ExceptHandler
        ):
            continue
        if (node.lineno, node.col_offset) == start and _size(node) >= _SIZE_MIN:
            yield node
            return


def _size(node: ast.AST) -> int:
    return sum(1 for _ in ast.walk(node))


def _kind(node: ast.AST) -> str:
    """Returns what makes code of this kind known again under other names."""
    if isinstance(node, ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return f"raise {last_name(raised)}"
    if isinstance(node, ast.ExceptHandler):
        return f"except {code_of(node.type)}"
    return f"{dotted(node.func)}()" if isinstance(node, ast.Call) else ""


def _came_to(view: ChangeView, finding: Finding, *, marks: set[str], kinds: frozenset[str]) -> bool:
    """Whether such code stands in a function or class that is new, and no more in its own."""
    tree = view.new.tree
    if tree is None:
        return False
    places = {
        enclosing_symbol(tree, node.lineno)
        for node in view.new_part.nodes
        if isinstance(node, ast.expr | ast.stmt | ast.ExceptHandler)
        and ((marks and code_of(node) in marks) or (kinds and _kind(node) in kinds))
    }
    own = enclosing_symbol(view.old.tree, finding.span.start_line) if view.old.tree else ""
    return bool(places - set(view.old.definitions) - {"", own}) and own not in places


def _new_code(view: ChangeView) -> set[str]:
    kinds = ast.Call | ast.JoinedStr | ast.BinOp | ast.Raise | ast.ExceptHandler
    return {code_of(node) for node in view.new_part.nodes if isinstance(node, kinds)}
