"""Repairs that say when a value is made: once before the function, or at each turn of a loop."""

from __future__ import annotations

import ast
import builtins

from playground.domain.findings import Finding
from playground.domain.regions import first_line
from playground.domain.repairs.naming import fresh, fresh_in
from playground.domain.repairs.source import COMPREHENSIONS, FUNCTIONS, LOOPS, Edit, Source, walked

_Callable = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def shared_default(source: Source, finding: Finding) -> list[Edit] | None:
    """B008: a default that is made once gets a name before the function, where it is made."""
    call = source.exactly(finding.span, ast.Call) or source.around(finding.span, ast.Call)
    function = (
        next((n for n in source.above(call) if isinstance(n, _Callable)), None) if call else None
    )
    if call is None or function is None:
        return None
    parameter = _parameter(function, call)
    before = _statement_for(source, function)
    if isinstance(function, ast.Lambda) and not isinstance(source.parent(function), ast.stmt):
        return None  # it may not be made each time, or not once alone
    if parameter is None or before is None or not _seen_there(call, before):
        return None
    indent = source.indent(before)
    inside = source.function(before)
    if indent is None:
        return None
    if inside is not None:
        name = fresh_in(inside, f"default_{parameter}", f"shared_{parameter}")
    else:
        word = parameter.strip("_").upper()
        owner = getattr(function, "name", "").strip("_").upper()
        name = fresh(source, f"_DEFAULT_{word}", f"_DEFAULT_{owner}_{word}")
    if name is None:
        return None
    at = source.line_start(first_line(before))
    gap = (
        "\n\n\n"
        if inside is None and isinstance(before, (*FUNCTIONS, ast.ClassDef)) and not indent
        else "\n"
    )
    made = f"{indent}{name} = {source.code(call)}{gap}"
    return [Edit(at, at, made), Edit(source.start(call), source.end(call), name)]


def _parameter(function: _Callable, call: ast.Call) -> str | None:
    own = function.args
    plain = [*own.posonlyargs, *own.args]
    tail = plain[len(plain) - len(own.defaults) :]
    pairs = [
        *zip(tail, own.defaults, strict=True),
        *zip(own.kwonlyargs, own.kw_defaults, strict=True),
    ]
    return next((arg.arg for arg, default in pairs if default is call), None)


def _statement_for(source: Source, function: _Callable) -> ast.stmt | None:
    """Returns the statement before which the default is made: outside of every class."""
    statement = source.statement(function)
    for outer in source.above(function):
        if isinstance(outer, ast.ClassDef):
            statement = outer
        elif isinstance(outer, (*FUNCTIONS, *COMPREHENSIONS, *LOOPS)):
            break
        elif isinstance(outer, ast.Lambda):
            return None
    return statement


def _seen_there(call: ast.Call, before: ast.stmt) -> bool:
    """Whether every name of the call means the same before that statement."""
    inside = {
        name
        for n in walked(before)
        for name in (
            [n.id]
            if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
            else [n.name]
            if isinstance(n, (*FUNCTIONS, ast.ClassDef))
            else []
        )
    }
    names = {n.id for n in walked(call) if isinstance(n, ast.Name)}
    blocked = any(
        isinstance(n, ast.Lambda | ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom)
        for n in walked(call)
    )
    return not blocked and not (names & inside - set(dir(builtins)))


def bound_loop_name(source: Source, finding: Finding) -> list[Edit] | None:
    """B023: a function made in a loop keeps the value that a variable has at that turn."""
    name = source.exactly(finding.span, ast.Name)
    function = (
        next((n for n in source.above(name) if isinstance(n, _Callable)), None) if name else None
    )
    if name is None or function is None:
        return None
    own = function.args
    if (
        own.vararg
        or own.kwarg
        or name.id in {a.arg for a in (*own.posonlyargs, *own.args, *own.kwonlyargs)}
    ):
        return None
    stored = any(
        isinstance(n, ast.Name) and n.id == name.id and not isinstance(n.ctx, ast.Load)
        for n in walked(function)
    )
    if stored or not _given_by_loop(source, function, name.id):
        return None
    word = f"{name.id}={name.id}"
    last = [*own.posonlyargs, *own.args, *own.kwonlyargs]
    star = "" if own.kwonlyargs else "*, "
    if last:
        ends = [source.end(a) for a in last] + [
            source.end(d) for d in (*own.defaults, *own.kw_defaults) if d
        ]
        at = max(ends)
        return [Edit(at, at, f", {star}{word}")]
    start = source.start(function)
    mark = ":" if isinstance(function, ast.Lambda) else "("
    at = source.text.find(mark, start)
    if isinstance(function, ast.Lambda):
        return [Edit(start + len("lambda"), at, f" *, {word}")]
    return [Edit(at + 1, at + 1, f"*, {word}")]


def _given_by_loop(source: Source, function: _Callable, name: str) -> bool:
    """Whether the innermost loop around a function gives the name its value, and nothing else."""
    for loop in source.above(function):
        if isinstance(loop, ast.For | ast.AsyncFor):
            stores = [
                n
                for n in walked(loop)
                if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
            ]
            return len(stores) == 1 and any(n is stores[0] for n in walked(loop.target))
        if isinstance(loop, COMPREHENSIONS):
            targets = [n for part in loop.generators for n in walked(part.target)]
            return any(isinstance(n, ast.Name) and n.id == name for n in targets)
        if isinstance(loop, (*FUNCTIONS, ast.While)):
            return False
    return False
