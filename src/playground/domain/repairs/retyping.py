"""Repairs of variables that hold values of two types: the second one gets a name of its own."""

from __future__ import annotations

import ast

from playground.domain.findings import Finding
from playground.domain.repairs.naming import Opaque, fresh_in, parameters, renamed, uses
from playground.domain.repairs.optional import asserted
from playground.domain.repairs.source import Edit, Source, walked

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def retyped(source: Source, finding: Finding) -> list[Edit] | None:
    """reportAssignmentType: what is made of a parameter, of another type, has its own name."""
    start, _ = source.span(finding.span)
    statement = source.around(finding.span, ast.Assign)
    function = source.function(statement) if statement is not None else None
    if statement is None or function is None:
        return None
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) if start == source.start(statement.value):
            first = next((s for s in function.body if _gives(s, name)), None)
            return None if first is None else _split(source, function, first)
        case _:
            return overwritten(source, finding)


def overwritten(source: Source, finding: Finding) -> list[Edit] | None:
    """reportArgumentType, reportOperatorIssue: what a parameter was made into has its own name."""
    start, end = source.span(finding.span)
    statement = source.around(finding.span, ast.stmt)
    function = source.function(statement) if statement is not None else None
    if statement is None or function is None:
        return None
    read = {
        n.id
        for n in walked(statement)
        if isinstance(n, ast.Name) and start <= source.start(n) and source.end(n) <= end
    }
    for name in sorted(read & parameters(function)):
        first = next((s for s in function.body if _gives(s, name)), None)
        if first is not None and source.end(first) <= start:
            return _split(source, function, first)
    return None


def _gives(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=given)]):
            return given == name
        case _:
            return False


def _split(source: Source, function: _Function, statement: ast.stmt) -> list[Edit] | None:
    """Renames a parameter from a statement on that every way through the function passes."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
            pass
        case _:
            return None
    if name not in parameters(function) or not any(s is statement for s in function.body):
        return None
    new = fresh_in(function, f"converted_{name}", f"own_{name}")
    try:
        every = uses(function, name)
    except Opaque:
        return None
    first = source.start(statement)
    before = [n for n in every if source.start(n) < first or _within(value, n)]
    later = [n for n in every if not any(n is one for one in before)]
    if new is None or any(source.is_deferred(n, statement) for n in before):
        return None
    if any(not isinstance(n.ctx, ast.Load) for n in before) or len(later) < 2:
        return None
    return renamed(source, later, new=new) if any(n is target for n in later) else None


def _within(outer: ast.AST, node: ast.AST) -> bool:
    return any(one is node for one in walked(outer))


def argument(source: Source, finding: Finding) -> list[Edit] | None:
    """reportArgumentType: a value that may be None, or that was made of a parameter, is told so."""
    return (
        nullable_parameter(source, finding)
        or asserted(source, finding)
        or overwritten(source, finding)
    )


def operand(source: Source, finding: Finding) -> list[Edit] | None:
    """reportOperatorIssue: an operand that may be None, or was made of a parameter, is told so."""
    return asserted(source, finding) or overwritten(source, finding)


def nullable_parameter(source: Source, finding: Finding) -> list[Edit] | None:
    """reportArgumentType: a parameter whose default is None says that it may be None."""
    if not finding.message.startswith('Expression of type "None" cannot be assigned to parameter'):
        return None
    start, _ = source.span(finding.span)
    function = source.around(finding.span, (ast.FunctionDef, ast.AsyncFunctionDef))
    if function is None or not postponed(source):
        return None
    own = function.args
    plain = [*own.posonlyargs, *own.args]
    pairs = [
        *zip(plain[len(plain) - len(own.defaults) :], own.defaults, strict=True),
        *zip(own.kwonlyargs, own.kw_defaults, strict=True),
    ]
    for arg, default in pairs:
        if default is not None and source.start(default) == start and arg.annotation:
            return with_none(source, arg.annotation)
    return None


def postponed(source: Source) -> bool:
    """Whether annotations of the file are not evaluated."""
    return any(
        isinstance(n, ast.ImportFrom)
        and n.module == "__future__"
        and any(a.name == "annotations" for a in n.names)
        for n in source.tree.body
    )


def with_none(source: Source, annotation: ast.expr) -> list[Edit] | None:
    """Returns the edit that lets an annotation take None too, None where it is a text."""
    if isinstance(annotation, ast.Constant) or "\n" in source.code(annotation):
        return None
    end = source.end(annotation)
    if isinstance(annotation, ast.Lambda | ast.IfExp):
        return None
    return [Edit(end, end, " | None")]
