"""Places in a module where something can be added: imports, constants, loggers."""

from __future__ import annotations

import ast

from playground.domain.regions import first_line
from playground.domain.repairs.source import FUNCTIONS, Edit, Source, walked


def module_logger(source: Source) -> str | None:
    """Returns the name of the module's own logger, None where it has none."""
    for node in source.tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="logging"), attr="getLogger")),
            ):
                return name
            case _:
                continue
    return None


def imported(source: Source, module: str) -> list[Edit] | None:
    """Returns the edit that imports a module where it is not yet, None where its name is taken."""
    for node in source.tree.body:
        if isinstance(node, ast.Import) and any(
            a.name == module and a.asname is None for a in node.names
        ):
            return []
    if _is_bound(source, module):
        return None
    at = source.line_start(_first_free_line(source))
    return [Edit(at, at, f"import {module}\n")]


def named(source: Source, *, module: str, name: str) -> tuple[list[Edit], str] | None:
    """Returns how the file says a name of a module, and the edit that imports it first.

    None where the name means something else there.
    """
    for node in source.tree.body:
        match node:
            case ast.Import(names=names):
                known = [a.asname or a.name for a in names if a.name == module]
                if known:
                    return [], f"{known[0]}.{name}"
            case ast.ImportFrom(module=other, level=0) if other == module:
                given = [a.asname or a.name for a in node.names if a.name == name]
                if given:
                    return [], given[0]
            case _:
                continue
    if _is_bound(source, name):
        return None
    at = source.line_start(_first_free_line(source))
    return [Edit(at, at, f"from {module} import {name}\n")], name


def _is_bound(source: Source, name: str) -> bool:
    for node in walked(source.tree):
        match node:
            case ast.Name(id=other) | ast.arg(arg=other) | ast.alias(asname=str(other)):
                bound = other == name
            case ast.alias(name=other):
                bound = other.split(".")[0] == name
            case _:
                bound = isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.name == name
        if bound:
            return True
    return False


def _first_free_line(source: Source) -> int:
    """Returns the line of the first import that is no `__future__`, or of the first statement."""
    body = source.tree.body
    for number, node in enumerate(body):
        doc = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not doc and not future:
            return first_line(node)
    return (body[-1].end_lineno or 0) + 1 if body else 1
