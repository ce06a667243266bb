"""What an expression always is, read off the text: nothing is evaluated but small constants."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import cast

from playground.analyzers.gate.cheats.syntax import dotted, last_name


class _Unknown:
    """The value of what depends on something."""


UNKNOWN = _Unknown()
"""Stands for a value that the text alone does not tell."""

_DEPTH_MAX = 12
_TEXT_MAX = 2000
_NUMBER_MAX = 2**64

_CALLS: Mapping[str, Callable[..., object]] = {
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "len": len,
    "chr": chr,
    "sum": sum,
    "max": max,
    "min": min,
    "abs": abs,
    "tuple": tuple,
    "list": tuple,
}


def folded(node: ast.AST | None, names: Mapping[str, ast.expr]) -> object:
    """Returns the value of a constant expression, `UNKNOWN` for any other.

    Args:
        node: an expression.
        names: what plain names stand for, such as `Side.constants`.
    """
    try:
        return _folded(node, names, 0)
    except (ArithmeticError, TypeError, ValueError, RecursionError, MemoryError):
        return UNKNOWN


def _folded(node: ast.AST | None, names: Mapping[str, ast.expr], depth: int) -> object:
    if node is None or depth > _DEPTH_MAX:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _folded(names.get(node.id), names, depth + 1)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return _sequence(node.elts, names, depth)
    if isinstance(node, ast.Dict):
        return UNKNOWN if node.keys else {}
    if isinstance(node, ast.Call):
        return _called(node, names, depth)
    return _computed(node, names, depth)


def _computed(node: ast.AST, names: Mapping[str, ast.expr], depth: int) -> object:
    if isinstance(node, ast.UnaryOp):
        value = _folded(node.operand, names, depth + 1)
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(node.op, ast.Not):
            return not value
        negated = isinstance(node.op, ast.USub) and isinstance(value, int | float)
        return -value if negated and isinstance(value, int | float) else UNKNOWN
    if isinstance(node, ast.BinOp):
        left = _folded(node.left, names, depth + 1)
        right = _folded(node.right, names, depth + 1)
        small = UNKNOWN not in (left, right) and _is_small(left, right)
        return _checked(_combined(node.op, left, right)) if small else UNKNOWN
    if isinstance(node, ast.JoinedStr):
        return _text(node, names, depth)
    return UNKNOWN


def _combined(operator: ast.operator, left: object, right: object) -> object:
    if isinstance(left, int) and isinstance(right, int):
        return _of_numbers(operator, left, right)
    if not isinstance(operator, ast.Add):
        return UNKNOWN
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, tuple) and isinstance(right, tuple):
        return cast("tuple[object, ...]", left) + cast("tuple[object, ...]", right)
    return UNKNOWN


def _of_numbers(operator: ast.operator, left: int, right: int) -> object:
    values: Mapping[type[ast.operator], int] = {
        ast.Add: left + right,
        ast.Sub: left - right,
        ast.Mult: left * right,
        ast.BitOr: left | right,
        ast.BitAnd: left & right,
        ast.BitXor: left ^ right,
    }
    return values.get(type(operator), UNKNOWN)


def _sequence(
    elements: list[ast.expr], names: Mapping[str, ast.expr], depth: int
) -> tuple[object, ...] | _Unknown:
    values = tuple(_folded(element, names, depth + 1) for element in elements)
    return UNKNOWN if any(value is UNKNOWN for value in values) else values


def _called(node: ast.Call, names: Mapping[str, ast.expr], depth: int) -> object:
    arguments = _sequence(node.args, names, depth)
    if isinstance(arguments, _Unknown) or node.keywords:
        return UNKNOWN
    if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and arguments:
        glue = _folded(node.func.value, names, depth + 1)
        parts = arguments[0]
        if isinstance(glue, str) and isinstance(parts, tuple):
            return _checked(glue.join(map(str, cast("tuple[object, ...]", parts))))
        return UNKNOWN
    call = _CALLS.get(dotted(node.func))
    if call is None or not _is_small(*arguments):
        return UNKNOWN
    return _checked(call(*arguments))


def _text(node: ast.JoinedStr, names: Mapping[str, ast.expr], depth: int) -> object:
    parts: list[str] = []
    for value in node.values:
        inner = value.value if isinstance(value, ast.FormattedValue) else value
        part = _folded(inner, names, depth + 1)
        if part is UNKNOWN:
            return UNKNOWN
        parts.append(str(part))
    return _checked("".join(parts))


def _is_small(*values: object) -> bool:
    """Whether nothing large can come of these values."""
    return all(
        (isinstance(value, str | bytes | tuple) and len(cast("str", value)) <= _TEXT_MAX)
        or (isinstance(value, int | float) and abs(value) <= _TEXT_MAX * 1000)
        or value is None
        for value in values
    )


def _checked(value: object) -> object:
    """Returns the value unless it is too large to go on with."""
    large = isinstance(value, str | bytes | tuple) and len(cast("str", value)) > _TEXT_MAX
    huge = isinstance(value, int) and abs(value) > _NUMBER_MAX
    return cast("object", UNKNOWN if large or huge else value)


def is_empty(node: ast.AST | None, names: Mapping[str, ast.expr]) -> bool:
    """Whether a value stands for nothing: 0, -1, False, a text without letters, nothing but such.

    None does not count: it says openly that there is nothing.
    """
    return _is_nothing(folded(node, names))


def _is_nothing(value: object) -> bool:
    if value is UNKNOWN or value is None or value is ...:
        return False
    if isinstance(value, tuple):
        return all(_is_nothing(item) for item in cast("tuple[object, ...]", value))
    if isinstance(value, str):
        return not any(character.isalnum() for character in value)
    return value == -1 or not value


def is_fixed_text(node: ast.AST | None, names: Mapping[str, ast.expr]) -> bool:
    """Whether a text is put together of nothing but constants and placeholders for values.

    `", ".join("?" * len(ids))` is fixed: its length varies, no value enters it. So is a choice
    among fixed texts.
    """
    waiting: list[tuple[ast.AST | None, int]] = [(node, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > _DEPTH_MAX:
            return False
        inner = _fixed_parts(part, names)
        if inner is None:
            return False
        waiting += [(each, depth + 1) for each in inner]
    return True


def _fixed_parts(node: ast.AST | None, names: Mapping[str, ast.expr]) -> list[ast.expr] | None:
    """Returns what must be fixed for a node to be fixed, None when it is not."""
    if isinstance(node, ast.Constant):
        return []
    if isinstance(node, ast.Name):
        return [names[node.id]] if node.id in names else None
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Dict):
        return [*node.values]
    if isinstance(node, ast.Tuple | ast.List):
        return [*node.elts]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        counted = [side for side in (node.left, node.right) if not _is_count(side)]
        return counted if isinstance(node.op, ast.Mult) else [node.left, node.right]
    if isinstance(node, ast.JoinedStr):
        return [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values]
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return [node.elt]
    joined = isinstance(node, ast.Call) and last_name(node.func) == "join" and len(node.args) == 1
    if joined and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return [node.func.value, node.args[0]]
    return None


def _is_count(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == "len"
