"""Whether a change of a file can change what is found in the files that import it.

A type checker reads nothing of another module but what its names are. The body of a function whose
result is written down says nothing more, as long as it makes no attributes, binds no global names
and is no stub. If all of a change lies inside such bodies, importers need not be analysed again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from playground.analyzers.gate.view import ChangeView, FunctionNode, Side

_TYPE_COMMENT = re.compile(r"#[ \t]*type:")
_YIELDS = (ast.Yield, ast.YieldFrom)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def reaches_importers(view: ChangeView) -> bool:
    """Whether files that import the changed one may have other findings than before.

    It errs on the side of yes: with a new file, a text that cannot be parsed, and every change of a
    module's or class's own statements.
    """
    old, new = view.old.tree, view.new.tree
    if view.is_new or old is None or new is None:
        return True
    return not _Pair(view.old, view.new).same(old.body, new.body)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both sides of a change."""

    old: Side
    new: Side

    def same(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> bool:
        """Whether two bodies say the same to other files."""
        before, after = _telling(before), _telling(after)
        if len(before) != len(after):
            return False
        return all(self._alike(old, new) for old, new in zip(before, after, strict=True))

    def _alike(self, old: ast.stmt, new: ast.stmt) -> bool:
        before, after = self.old.source_of(old), self.new.source_of(new)
        if before == after:
            return True
        if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            return _head(old) == _head(new) and self.same(old.body, new.body)
        if _TYPE_COMMENT.search(before) or _TYPE_COMMENT.search(after):
            return False
        if isinstance(old, FunctionNode) and isinstance(new, FunctionNode):
            sealed = _says_all(old) and _says_all(new) and _yields(old) == _yields(new)
            same = sealed or _dump(old.body) == _dump(new.body)
            return type(old) is type(new) and _head(old) == _head(new) and same
        return ast.dump(old) == ast.dump(new)


def _telling(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Returns the statements without bare constants, such as docstrings."""
    return [
        statement
        for statement in body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]


def _head(node: ast.ClassDef | FunctionNode) -> str:
    """Returns everything of a definition but its body."""
    fields: list[object] = [value for name, value in ast.iter_fields(node) if name != "body"]
    return repr([_dump(cast("list[object]", f) if isinstance(f, list) else [f]) for f in fields])


def _dump(nodes: Iterable[object]) -> list[str]:
    return [ast.dump(node) if isinstance(node, ast.AST) else repr(node) for node in nodes]


def _says_all(node: FunctionNode) -> bool:
    """Whether nothing outside can be read off the function's body."""
    if node.returns is None or _is_stub(node.body):
        return False
    return not any(_tells(inner) for statement in node.body for inner in ast.walk(statement))


def _is_stub(body: Sequence[ast.stmt]) -> bool:
    """Whether a checker may take the function for one that is yet to be written."""
    telling = _telling(body)
    return not telling or all(isinstance(s, ast.Pass | ast.Raise) for s in telling)


def _tells(node: ast.AST) -> bool:
    """Whether a node makes an attribute of an object or a name of the module."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Store | ast.Del)
    return isinstance(node, ast.Global | ast.Nonlocal)


def _yields(node: FunctionNode) -> bool:
    """Whether the function itself, not one inside it, is a generator."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, _YIELDS):
            return True
        if not isinstance(inner, _SCOPES):
            waiting += ast.iter_child_nodes(inner)
    return False
