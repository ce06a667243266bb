"""What a change puts beside the function that it may rewrite: nothing that acts on its own there.

A repair may bring an import, a helper or a constant of a new name along. A call, a value for a name
that is there already, or an import in place of a builtin would change what other code does.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from playground.analyzers.gate.cheats.syntax import bound_names, walked
from playground.analyzers.gate.view import ChangeView, Definition

_BUILTINS = frozenset(dir(builtins))
_Imports = dict[str, set[str]]
_TypeAlias = getattr(ast, "TypeAlias", ast.Pass)


def acting_beside(view: ChangeView, *, symbol: str, replaces: bool = True) -> ast.stmt | None:
    """Returns a statement that is new beside a symbol, or around it, and acts on its own.

    Where the symbol does not stand directly in its module, class or function, or stands there more
    than once, nothing is said.

    Args:
        view: the file before and after.
        symbol: qualified name of the function or class that the change may rewrite.
        replaces: whether an import may take another one's place also where other code uses it.
    """
    if view.old.tree is None or view.new.tree is None:
        return None
    before, after = view.old.tree.body, view.new.tree.body
    for name in symbol.split("."):
        was = [node for node in before if isinstance(node, Definition) and node.name == name]
        if len(was) != 1:
            return None
        now = [node for node in after if isinstance(node, Definition) and node.name == name]
        beside = _around_definitions(before)
        taken = bound_names(beside) | (_BUILTINS & view.old.loaded)
        imports = _imports(beside)
        for node in view.unmatched(before, after)[1]:
            if node not in now and _acts(node, taken=taken, imports=imports):
                return node
            if not replaces and _is_replaced(view, node, imports=imports, symbol=symbol):
                return node
        if len(now) != 1:
            return None
        before, after = was[0].body, now[0].body
    return None


def _acts(node: ast.stmt, *, taken: set[str], imports: _Imports) -> bool:
    """Whether a new statement does more than to bind free names, or imported ones anew."""
    if isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        return False
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return bool(node.orelse) or any(
            _acts(inner, taken=taken, imports=imports) for inner in node.body
        )
    if isinstance(node, ast.Assign):
        plain = all(isinstance(target, ast.Name | ast.Tuple) for target in node.targets)
    else:
        plain = _is_import(node) or isinstance(node, (Definition, _TypeAlias))
        if isinstance(node, ast.AnnAssign):
            plain = isinstance(node.target, ast.Name)
    names = bound_names(_around_definitions([node]))
    return not plain or not names.isdisjoint(taken - imports.keys() if _is_import(node) else taken)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _imports(nodes: Iterable[ast.AST]) -> _Imports:
    """Returns what the names that imports bind stand for."""
    found: _Imports = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found.setdefault(name, set()).add(alias.name if alias.asname else name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                path = f"{'.' * node.level}{node.module or ''}:{alias.name}"
                found.setdefault(alias.asname or alias.name, set()).add(path)
    return found


def _is_replaced(view: ChangeView, node: ast.stmt, *, imports: _Imports, symbol: str) -> bool:
    """Whether a new statement imports something else by a name that is read beside the symbol."""
    others = {
        name
        for name, meant in _imports(_around_definitions([node])).items()
        if name in imports and not meant <= imports[name]
    }
    owner = view.old.definitions.get(symbol)
    if not others or owner is None:
        return False
    inside = {id(part) for part in walked(owner)}
    return not others.isdisjoint(
        part.id for part in view.old.of(ast.Name) if id(part) not in inside and part.id in others
    )


def _around_definitions(statements: Iterable[ast.stmt]) -> list[ast.AST]:
    """Returns the nodes of statements, but not those inside functions and classes."""
    found: list[ast.AST] = [*statements]
    for node in found:
        if not isinstance(node, (Definition, ast.Lambda)):
            found += ast.iter_child_nodes(node)
    return found
