"""Forms: what a syntax tree means, as values that can be compared and hashed."""

from __future__ import annotations

import ast
from typing import cast

Form = tuple[object, ...]

_LEFT_OUT = frozenset({"ctx", "type_comment", "kind", "type_ignores"})
"""Fields that a place or a taste decides, not the meaning."""


def form_of(value: object) -> Form:
    """Returns a value that is equal for trees that mean the same wherever they stand.

    Raises:
        RecursionError: the tree is nested too deeply.
    """
    if isinstance(value, ast.AST):
        fields = tuple(
            form_of(getattr(value, name, None)) for name in value._fields if name not in _LEFT_OUT
        )
        return (type(value).__name__, *fields)
    if isinstance(value, list):
        return ("list", *(form_of(item) for item in cast("list[object]", value)))
    return (type(value).__name__, repr(value))


def forms_in(node: ast.AST) -> frozenset[Form]:
    """Returns the forms of every expression and statement in a tree."""
    kinds = (ast.expr, ast.stmt, ast.arguments)
    return frozenset(form_of(inner) for inner in ast.walk(node) if isinstance(inner, kinds))
