"""Repairs of expressions that stand alone, for what happens when they are evaluated."""

from __future__ import annotations

import ast
import builtins

from playground.domain.findings import Finding
from playground.domain.repairs.naming import declared
from playground.domain.repairs.optional import expects
from playground.domain.repairs.source import FUNCTIONS, Edit, Source, walked

_GONE = frozenset(
    {"unicode", "basestring", "long", "unichr", "xrange", "raw_input", "cmp", "file", "execfile",
     "reduce", "reload", "apply", "buffer", "coerce", "intern", "StandardError"}
)  # fmt: skip
"""Builtins of Python 2 that no Python 3 has."""


def outdated_probe(source: Source, finding: Finding) -> list[Edit] | None:
    """reportUndefinedVariable, reportUnboundVariable: no Python 3 has this builtin."""
    name = source.exactly(finding.span, ast.Name)
    statement = source.statement(name) if name is not None else None
    home = source.parent(statement) if statement is not None else None
    if name is None or not isinstance(home, ast.Try) or not outdated(home):
        return None
    handler, indent = home.handlers[0], source.indent(home)
    if indent is None or not _is_bound_only_in(source, handler, name):
        return None
    body = source.moved(handler.body, indent=indent, since=handler.lineno + 1)
    if body is None:
        return None
    start = source.line_start(home.lineno)
    return [Edit(start, source.end(home), body.rstrip("\n"))]


def outdated(node: ast.Try) -> bool:
    """Whether a `try` does nothing but ask for a builtin that no Python 3 has."""
    match node:
        case ast.Try(
            body=[ast.Expr(value=ast.Name(id=name))],
            handlers=[ast.ExceptHandler(type=ast.Name(id="NameError"), name=None)],
            orelse=[],
            finalbody=[],
        ):
            return name in _GONE
        case _:
            return False


def _is_bound_only_in(source: Source, handler: ast.ExceptHandler, name: ast.Name) -> bool:
    """Whether nothing else gives the name, and the error that is waited for, a value."""
    inside = {id(n) for n in walked(handler)}
    asked = source.statement(name)
    inside |= {id(n) for n in walked(asked)} if asked is not None else set()
    for node in walked(source.tree):
        told = _given_meaning(node)
        if "NameError" in told or "*" in told or (name.id in told and id(node) not in inside):
            return False
    return True


def _given_meaning(node: ast.AST) -> set[str]:
    """Returns the names that a node gives a meaning, "*" for any."""
    told = {*declared(node)}
    told |= {node.arg} if isinstance(node, ast.arg) else set()
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        told.add(node.id)
    return told


def idle(source: Source, finding: Finding) -> list[Edit] | None:
    """B018, reportUnusedExpression: what stands there only to fail is the error itself."""
    return (
        outdated_probe(source, finding)
        or expected_error(source, finding)
        or _division(source, finding)
    )


def _last(source: Source, finding: Finding) -> ast.Expr | None:
    """Returns the expression that begins with the finding and ends its block."""
    statement = source.around(finding.span, ast.Expr)
    if statement is None or source.start(statement) != source.span(finding.span)[0]:
        return None
    block = source.block(statement)
    return statement if block is not None and block[-1] is statement else None


def _division(source: Source, finding: Finding) -> list[Edit] | None:
    """A number divided by zero, at the end of its block: no code behind it becomes idle."""
    statement = _last(source, finding)
    if statement is None or not divides_by_zero(statement.value):
        return None
    if "\n" in source.code(statement) or _means_other(source, "ZeroDivisionError"):
        return None
    start, end = source.start(statement), source.end(statement)
    return [Edit(start, end, 'raise ZeroDivisionError("division by zero")')]


def divides_by_zero(node: ast.AST) -> bool:
    """Whether an expression is a number divided by zero, which is one error in every Python."""
    match node:
        case ast.BinOp(
            left=ast.Constant(value=int()),
            op=ast.Div(),
            right=ast.Constant(value=int() as divisor),
        ):
            return divisor == 0
        case _:
            return False


def _means_other(source: Source, name: str) -> bool:
    """Whether something in the file gives a builtin's name another meaning."""
    for node in walked(source.tree):
        told = _given_meaning(node)
        if name in told or "*" in told:
            return True
    return False


def expected_error(source: Source, finding: Finding) -> list[Edit] | None:
    """B015: what a test expects to fail is an assertion."""
    statement = _last(source, finding)
    if statement is None:
        return None
    value = statement.value
    if not isinstance(value, ast.Compare) or not _fails_alike(source, statement):
        return None
    start = source.start(value)
    if start != source.start(statement) or "\n" in source.code(value):
        return None
    return [Edit(start, start, "assert ")]


def _fails_alike(source: Source, statement: ast.Expr) -> bool:
    """Whether a test waits here for one error and fails whatever else happens.

    An error that does not come is a failure of the test, and so is an assertion in its place.
    """
    home = source.parent(statement)
    if not isinstance(home, ast.With) or len(home.items) != 1 or home.items[0].optional_vars:
        return False
    errors = expects(home.items[0].context_expr)
    if not errors or any(isinstance(n, ast.Try) for n in source.above(statement)):
        return False
    for name in errors:
        kind = getattr(builtins, name, None)
        if not isinstance(kind, type) or not issubclass(kind, Exception):
            return False
        if kind is Exception or issubclass(AssertionError, kind):
            return False
    function = source.function(statement)
    return isinstance(function, FUNCTIONS) and function.name.startswith("test")
