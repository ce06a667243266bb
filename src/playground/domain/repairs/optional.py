"""Repairs of values that may be None where something else is needed."""

from __future__ import annotations

import ast

from playground.domain.findings import Finding
from playground.domain.repairs.naming import fresh_in, last_word
from playground.domain.repairs.source import COMPREHENSIONS, FUNCTIONS, Edit, Source

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return, ast.Raise, ast.Delete)
_EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})
_MATCHING = frozenset({"match", "search", "fullmatch"})


def asserted(source: Source, finding: Finding) -> list[Edit] | None:
    """reportOptional…: what would fail on None one expression later says so before it begins.

    Only where the value is read for certain, so that nothing fails that did not fail before.
    """
    value = _value(source, finding)
    statement = source.statement(value) if value is not None else None
    if value is None or statement is None:
        return None
    if not certain(source, value, statement=statement) or _told_apart(source, statement):
        return None
    if isinstance(value, ast.Attribute) and not undisturbed(source, value, statement=statement):
        return None
    indent, function = source.indent(statement), source.function(statement)
    if indent is None or function is None or _asked_for_attributes(function):
        return None
    at = source.start(statement)
    if not _plain(value):
        name = _first_made(source, value, statement)
        found = name and fresh_in(function, name, f"{name}_value")
        if not found:
            return None
        told = f"{found} = {source.code(value)}\n{indent}assert {found} is not None\n{indent}"
        return [Edit(at, at, told), Edit(source.start(value), source.end(value), found)]
    return [Edit(at, at, f"assert {source.code(value)} is not None\n{indent}")]


def _asked_for_attributes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether an AttributeError of the function means something to `hasattr` and its like."""
    told = [ast.unparse(decorator) for decorator in function.decorator_list]
    asks = function.name in {"__getattr__", "__getattribute__"}
    return asks or any(word.endswith(("property", ".getter")) for word in told)


def _value(source: Source, finding: Finding) -> ast.expr | None:
    """Returns the expression that may be None."""
    start, end = source.span(finding.span)
    if finding.rule == "reportOptionalCall":
        call = source.exactly(finding.span, ast.Call)
        return call.func if call else source.exactly(finding.span, (ast.Name, ast.Attribute))
    if finding.rule == "reportOptionalMemberAccess":
        node = source.around(finding.span, ast.Attribute)
        return (
            node.value
            if node and source.end(node) == end and node.attr == source.text[start:end]
            else None
        )
    return source.exactly(finding.span, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))


def _first_made(source: Source, value: ast.expr, statement: ast.stmt) -> str:
    """Returns a name for what a statement computes before anything else, "" where it does not."""
    if not isinstance(value, ast.Call | ast.Subscript):
        return ""
    match statement:
        case (
            ast.Assign(value=whole) | ast.Expr(value=whole) | ast.Return(value=ast.expr() as whole)
        ):
            pass
        case _:
            return ""
    start = source.start(value)
    before = [
        n
        for n in ast.walk(whole)
        if isinstance(n, ast.expr)
        and source.end(n) <= start
        and not isinstance(n, ast.Name | ast.Attribute | ast.Constant)
    ]
    return "" if before else "match" if last_word(value) in _MATCHING else "found"


def _plain(node: ast.expr) -> bool:
    """Whether reading it twice gives the same: a name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def certain(source: Source, value: ast.expr, *, statement: ast.stmt) -> bool:
    """Whether a statement reads the value whenever it is reached, and changes nothing before."""
    head = _first_read(source, statement)
    if head is None or not any(n is value for n in ast.walk(head)):
        return False
    inner: ast.AST = value
    for outer in source.above(value):
        if outer is statement:
            break
        if isinstance(outer, (ast.Lambda, ast.Await, ast.Yield, *COMPREHENSIONS)):
            return False
        if _may_skip(outer, inner):
            return False
        inner = outer
    return not any(isinstance(n, ast.NamedExpr) for n in ast.walk(head))


def undisturbed(source: Source, value: ast.expr, *, statement: ast.stmt) -> bool:
    """Whether a statement calls nothing before it reads the value, so that it may be read earlier.

    What is assigned to is looked at after the value that it gets.
    """
    around = {id(outer) for outer in source.above(value)} | {id(value)}
    head = _first_read(source, statement)
    given = getattr(statement, "value", None) if head is statement else None
    inside = {id(n) for n in ast.walk(given)} if isinstance(given, ast.AST) else set[int]()
    in_target = isinstance(statement, ast.Assign | ast.AnnAssign) and id(value) not in inside
    for node in ast.walk(head) if head is not None else ():
        if not isinstance(node, ast.Call | ast.Await) or id(node) in around:
            continue
        if source.end(node) <= source.start(value) or (in_target and id(node) in inside):
            return False
    return True


def _first_read(source: Source, statement: ast.stmt) -> ast.AST | None:
    """Returns the part of a statement that is evaluated before everything else of it."""
    match statement:
        case ast.If(test=test):
            return None if source.text.startswith("elif", source.start(statement)) else test
        case ast.With(items=[first, *_]):
            return first.context_expr
        case ast.For(iter=many):
            return many
        case _:
            return statement if isinstance(statement, _SIMPLE) else None


def _may_skip(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether an expression is left without looking at this part of it."""
    match outer:
        case ast.BoolOp(values=[first, *_]):
            return first is not inner
        case ast.IfExp(test=test):
            return test is not inner
        case ast.Compare(left=left, ops=[_, _, *_]):
            return left is not inner
        case _:
            return False


def _told_apart(source: Source, statement: ast.stmt) -> bool:
    """Whether a `try` around it catches the error that None gives here now."""
    inner: ast.AST = statement
    for outer in source.above(statement):
        if isinstance(outer, (*FUNCTIONS, ast.ClassDef)):
            return False
        if isinstance(outer, ast.Try) and any(inner is n for n in outer.body):
            return True
        if isinstance(outer, ast.With | ast.AsyncWith) and any(
            last_word(item.context_expr) in _EXPECTING for item in outer.items
        ):
            return True
        inner = outer
    return False
