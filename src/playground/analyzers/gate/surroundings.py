"""What a change puts beside the function that it may rewrite: nothing that acts on its own there.

A repair may bring an import, a helper or a constant of a new name along. A call, a value for a name
that is there already, or an import in place of a builtin would change what other code does.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from playground.analyzers.gate.view import Definition, Side

_BUILTINS = frozenset(dir(builtins))
_TypeAlias = getattr(ast, "TypeAlias", ast.Pass)


def acting_beside(old: Side, new: Side, *, symbol: str) -> ast.stmt | None:
    """Returns a statement that is new beside a symbol, or around it, and acts on its own.

    Where the symbol does not stand directly in its module, class or function, or stands there more
    than once, nothing is said.

    Args:
        old: the file before.
        new: the file afterwards.
        symbol: qualified name of the function or class that the change may rewrite.
    """
    if old.tree is None or new.tree is None:
        return None
    before, after = old.tree.body, new.tree.body
    for name in symbol.split("."):
        was = [node for node in before if isinstance(node, Definition) and node.name == name]
        if len(was) != 1:
            return None
        now = [node for node in after if isinstance(node, Definition) and node.name == name]
        fresh = [node for node in _fresh(old, new, before=before, after=after) if node not in now]
        taken = set(_bound(before)) | (_BUILTINS & old.loaded)
        # An import may take another one's place.
        imported = set(_bound(before, imports_alone=True))
        for node in fresh:
            if _acts(node, taken=taken, imported=imported):
                return node
        if len(now) != 1:
            return None
        before, after = was[0].body, now[0].body
    return None


def _fresh(
    old: Side, new: Side, *, before: Sequence[ast.stmt], after: Sequence[ast.stmt]
) -> Iterator[ast.stmt]:
    """Yields the statements of a body whose very text was not there."""
    known = Counter(old.source_of(node).rstrip() for node in before)
    for node in after:
        text = new.source_of(node).rstrip()
        if known[text]:
            known[text] -= 1
        else:
            yield node


def _acts(node: ast.stmt, *, taken: set[str], imported: set[str]) -> bool:
    """Whether a new statement does more than to bind names that were free."""
    if isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        return False
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return bool(node.orelse) or any(
            _acts(inner, taken=taken, imported=imported) for inner in node.body
        )
    if isinstance(node, ast.Assign):
        plain = all(isinstance(target, ast.Name | ast.Tuple) for target in node.targets)
    else:
        plain = _is_import(node) or isinstance(node, (Definition, _TypeAlias))
        if isinstance(node, ast.AnnAssign):
            plain = isinstance(node.target, ast.Name)
    names = set(_bound([node]))
    return not plain or not names.isdisjoint(taken - imported if _is_import(node) else taken)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _bound(statements: Iterable[ast.stmt], *, imports_alone: bool = False) -> Iterator[str]:
    """Yields the names that statements, or imports alone, bind; not those inside of functions."""
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, Definition):
            yield from () if imports_alone else (node.name,)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store) and not imports_alone:
                yield node.id
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
