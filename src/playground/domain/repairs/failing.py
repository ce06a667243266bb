"""Repairs of `try` statements: causes that are lost, handlers that catch too much or nothing."""

from __future__ import annotations

import ast
import re

from playground.domain.findings import Finding
from playground.domain.regions import first_line
from playground.domain.repairs.naming import binds, fresh_in
from playground.domain.repairs.places import imported, module_logger
from playground.domain.repairs.source import FUNCTIONS, LINE_CHARS_MAX, Edit, Source, walked

_BARE = re.compile(r"except\s*:")
_COLON = re.compile(r"[\s)]*:")
_WITHOUT_LOG = frozenset({"__del__", "emit", "handle", "handleError", "format"})
"""While Python ends there may be no logging any more, and a handler must not log to itself."""


def with_cause(source: Source, finding: Finding) -> list[Edit] | None:
    """B904: an exception raised in a handler names the one that is handled as its cause."""
    statement = source.around(finding.span, ast.Raise)
    if statement is None or statement.exc is None or statement.cause is not None:
        return None
    handler = None
    for outer in source.above(statement):
        if isinstance(outer, ast.ExceptHandler):
            handler = outer
            break
        if isinstance(outer, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            return None
    if handler is None or handler.type is None:
        return None
    end = source.end(statement)
    if handler.name is not None:
        known = handler.name
        if isinstance(statement.exc, ast.Call) and _is_same_error(statement.exc, known):
            return None
        changed = any(
            isinstance(n, ast.Name) and n.id == known and not isinstance(n.ctx, ast.Load)
            for part in handler.body
            for n in walked(part)
        )
        return None if changed else [Edit(end, end, f" from {known}")]
    scope = source.function(handler) or source.tree
    name = fresh_in(scope, "error", "err", "exc", "cause")
    at = source.end(handler.type)
    colon = _COLON.match(source.text, at)
    if name is None or colon is None:
        return None
    at = colon.end() - 1
    return [Edit(at, at, f" as {name}"), Edit(end, end, f" from {name}")]


def _is_same_error(call: ast.Call, name: str) -> bool:
    """Whether a call gives the caught error itself back: it cannot be its own cause."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=owner), attr="with_traceback"):
            return owner == name
        case _:
            return False


def named_handler(source: Source, finding: Finding) -> list[Edit] | None:
    """E722: a bare `except` catches errors, and lets a request to end pass."""
    handler = source.around(finding.span, ast.ExceptHandler)
    if handler is None or handler.type is not None:
        return None
    start = source.start(handler)
    if _BARE.match(source.text, start) is None:
        return None
    at = start + len("except")
    return [Edit(at, at, " Exception")]


def needless_try(source: Source, finding: Finding) -> list[Edit] | None:
    """TRY203: a `try` whose handlers only raise again is its body."""
    handler = source.around(finding.span, ast.ExceptHandler)
    statement = handler and source.parent(handler)
    if not isinstance(statement, ast.Try) or statement.orelse or statement.finalbody:
        return None
    if not all(_raises_again(one) for one in statement.handlers):
        return None
    indent = source.indent(statement)
    body = (
        None
        if indent is None
        else source.moved(statement.body, indent=indent, since=statement.lineno + 1)
    )
    if body is None:
        return None
    start = source.line_start(statement.lineno)
    inside = source.comments(start, end=source.end(statement))
    if len(inside) != len([c for c in inside if c in body]):
        return None
    return [Edit(start, source.end(statement), body.rstrip("\n"))]


def _raises_again(handler: ast.ExceptHandler) -> bool:
    match handler.body:
        case [ast.Raise(exc=None)]:
            return True
        case [ast.Raise(exc=ast.Name(id=name), cause=None)]:
            return name == handler.name
        case _:
            return False


def logged(source: Source, finding: Finding) -> list[Edit] | None:
    """S110, S112: an error that is passed over leaves a trace in the log."""
    handler = source.around(finding.span, ast.ExceptHandler)
    if handler is None or len(handler.body) != 1:
        return None
    only = handler.body[0]
    function = source.function(handler)
    if not isinstance(only, ast.Pass | ast.Continue):
        return None
    if function is None or function.name in _WITHOUT_LOG:
        return None
    indent = source.indent(only)
    if indent is None or first_line(only) == handler.lineno:
        return None
    logger = module_logger(source)
    edits: list[Edit] = []
    if logger is None:
        added = imported(source, "logging")
        if added is None:
            return None
        edits, logger = added, "logging.getLogger(__name__)"
    told = f'"An error in {function.name} was passed over", exc_info=True'
    call = f"{logger}.debug({told})"
    if len(indent + call) > LINE_CHARS_MAX:
        call = f"{logger}.debug(\n{indent}    {told}\n{indent})"
    start, end = source.start(only), source.end(only)
    if any(binds(outer, logger.partition(".")[0]) for outer in (function, *source.above(function))):
        return None
    if isinstance(only, ast.Pass):
        return [*edits, Edit(start, end, call)]
    return [*edits, Edit(start, start, f"{call}\n{indent}")]
