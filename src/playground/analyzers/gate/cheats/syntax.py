"""Small questions about syntax trees; nothing here raises, whatever the tree."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

NAMED_TYPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
TRIES = (ast.Try, ast.TryStar)
JUMPS = (ast.Return, ast.Raise, ast.Continue, ast.Break)

_PURE = frozenset(
    {"bool", "int", "float", "str", "len", "any", "all", "sum", "list", "tuple", "dict", "set"}
)
BODY_FIELDS = ("body", "orelse", "finalbody")


def dotted(node: ast.AST | None) -> str:
    """Returns "a.b.c" for a name with attributes; an unnamed root is "()", None is ""."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if node is None:
        return ""
    parts.append(node.id if isinstance(node, ast.Name) else "()")
    return ".".join(reversed(parts))


def last_name(node: ast.AST | None) -> str:
    """Returns the last part of a dotted name."""
    return dotted(node).rsplit(".", 1)[-1]


def code_of(node: ast.AST | None) -> str:
    """Returns source text of the tree in normal form, "" for None."""
    if node is None:
        return ""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError, AttributeError, TypeError):
        return f"<{type(node).__name__}>"


def blocks(nodes: Iterable[ast.AST]) -> Iterator[Sequence[ast.stmt]]:
    """Yields every list of statements below these nodes, the nodes' own ones included."""
    for node in nodes:
        if isinstance(node, ast.Lambda | ast.IfExp):
            continue
        for field in BODY_FIELDS:
            block: list[ast.stmt] = getattr(node, field, [])
            if block:
                yield block


def without_docstring(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """Returns the statements after a leading docstring."""
    return body[1:] if body and is_docstring(body[0]) else body


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is nothing but a string."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_noop(node: ast.stmt) -> bool:
    """Whether a statement does nothing: `pass`, `...`, `continue`, a constant or a bare name."""
    if isinstance(node, ast.Pass | ast.Continue):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name)


def is_trivial_value(node: ast.AST | None) -> bool:
    """Whether a value stands for nothing: a constant, an empty literal, a lambda, `object()`."""
    if node is None or isinstance(node, ast.Constant | ast.Lambda):
        return True
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    return (
        isinstance(node, ast.Call)
        and not node.args
        and not node.keywords
        and (dotted(node.func) in {"object", "dict", "list", "set", "tuple", "str", "int", "Mock"})
    )


def truth(node: ast.AST) -> bool | None:
    """Returns what a condition always is, or None when it depends on something."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id == "__debug__"):
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    if isinstance(node, ast.Call):
        fixed = dotted(node.func) in _PURE and all(truth(a) is not None for a in node.args)
        return False if fixed and not node.keywords else None
    return _compared(node) if isinstance(node, ast.Compare) else None


def _compared(node: ast.Compare) -> bool | None:
    """Comparisons of a thing with itself and of two constants are decided in advance."""
    if len(node.ops) != 1:
        return None
    left, right = node.left, node.comparators[0]
    if isinstance(left, ast.Call) and dotted(left.func) == "len":
        return _length_compared(node.ops[0], right)
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return _constants_compared(left.value, node.ops[0], right.value)
    if isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id == right.id:
        return isinstance(node.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE)
    return None


def _length_compared(operator: ast.cmpop, right: ast.expr) -> bool | None:
    """No length is below zero."""
    below = isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub)
    zero = isinstance(right, ast.Constant) and right.value == 0 and not below
    if isinstance(operator, ast.Lt) and (zero or below):
        return False
    return True if isinstance(operator, ast.GtE) and (zero or below) else None


def _constants_compared(left: object, operator: ast.cmpop, right: object) -> bool:
    if isinstance(operator, ast.Eq | ast.Is):
        return left == right
    if isinstance(operator, ast.NotEq | ast.IsNot):
        return left != right
    if isinstance(left, int | float) and isinstance(right, int | float):
        if isinstance(operator, ast.Lt | ast.LtE):
            return left < right or (left == right and isinstance(operator, ast.LtE))
        return left > right or (left == right and isinstance(operator, ast.GtE))
    return False


def walked(*roots: ast.AST) -> list[ast.AST]:
    """Returns the nodes of trees in the order of `ast.walk`, several times as fast."""
    return walked_levels(*roots)[0]


def walked_levels(*roots: ast.AST) -> tuple[list[ast.AST], int]:
    """Returns the nodes of trees, parents before children, and the number of their levels."""
    found = [*roots]
    add = found.append
    levels = end = 0
    for index, node in enumerate(found):
        if index == end:
            levels, end = levels + 1, len(found)
        for name in node._fields:
            value: object = getattr(node, name, None)
            if isinstance(value, ast.AST):
                add(value)
            elif isinstance(value, list):
                for item in cast("list[object]", value):
                    if isinstance(item, ast.AST):
                        add(item)
    return found, levels


def call_names(nodes: Iterable[ast.AST]) -> Counter[str]:
    """Counts calls by dotted name."""
    return Counter(dotted(node.func) for node in nodes if isinstance(node, ast.Call))


def bound_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Returns every name that is bound anywhere: stores, definitions, parameters, imports."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, NAMED_TYPES):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".", 1)[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    return names


def loaded_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Returns every name that is read anywhere."""
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def node_count(node: ast.AST) -> int:
    """Returns the number of nodes of a tree, docstrings and annotations included."""
    return sum(1 for _ in ast.walk(node))
