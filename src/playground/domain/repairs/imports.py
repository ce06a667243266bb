"""Repairs of star imports."""

from __future__ import annotations

import ast
import builtins
import re

from playground.domain.findings import Finding
from playground.domain.repairs.naming import declared
from playground.domain.repairs.source import LINE_CHARS_MAX, Edit, Source, walked

_NAME = re.compile(r"`(\w+)`")
_STARS_MAX = 1


def named_import(source: Source, finding: Finding) -> list[Edit] | None:
    """F405: a name that a star import brings is imported by its name too."""
    found = _NAME.match(finding.message)
    stars = _stars(source)
    if found is None or len(stars) != _STARS_MAX:
        return None
    star = stars[0]
    end = source.line_start((star.end_lineno or star.lineno) + 1)
    if source.text[source.end(star) : end].strip():
        return None
    module = f"{'.' * star.level}{star.module or ''}"
    ended = "" if source.text[:end].endswith("\n") else "\n"
    return [Edit(end, end, f"{ended}from {module} import {found[1]}\n")]


def used_names(source: Source, finding: Finding) -> list[Edit] | None:
    """F403: the only star import of a module names what the module uses of it."""
    stars = _stars(source)
    if len(stars) != 1 or finding.path.endswith("__init__.py"):
        return None
    star = stars[0]
    missing, promised = _unbound(source), _promised(source)
    if promised is None:
        return None
    missing |= promised - _bound(source)
    if not missing or source.span(finding.span)[0] != source.start(star):
        return None
    at = source.end(star) - 1
    if source.text[at : at + 1] != "*":
        return None
    head = source.text[source.line_start(star.lineno) : at]
    names = sorted(missing)
    told = ", ".join(names)
    if len(head + told) > LINE_CHARS_MAX:
        told = "(\n" + "".join(f"    {name},\n" for name in names) + ")"
    return [Edit(at, at + 1, told)]


def _stars(source: Source) -> list[ast.ImportFrom]:
    return [
        n
        for n in source.tree.body
        if isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names)
    ]


def _promised(source: Source) -> set[str] | None:
    """Returns the names in `__all__`, none without one, None where it cannot be read off."""
    if "__all__" not in source.names:
        return set()
    places = [n for n in walked(source.tree) if isinstance(n, ast.Name) and n.id == "__all__"]
    match [n for n in source.tree.body if isinstance(n, ast.Assign)], places:
        case made, [only]:
            values = [n.value for n in made if n.targets == [only]]
        case _:
            return None
    if len(values) != 1 or not isinstance(values[0], ast.List | ast.Tuple):
        return None
    names = [e.value for e in values[0].elts if isinstance(e, ast.Constant)]
    texts = {name for name in names if isinstance(name, str)}
    return texts if len(names) == len(values[0].elts) else None


def _unbound(source: Source) -> set[str]:
    """Returns names that are read and that nothing in the file binds."""
    read = {
        node.id
        for node in walked(source.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return read - _bound(source)


def _bound(source: Source) -> set[str]:
    """Returns names that something in the file binds, or that every module has."""
    bound = {"__file__", "__name__", "__doc__", "__path__", "__spec__", *dir(builtins)}
    for node in walked(source.tree):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        else:
            bound.update(declared(node))
    return bound


def reexported(source: Source, finding: Finding) -> list[Edit] | None:
    """F401: a package that hands a name on says so with `as`."""
    found = next(
        (
            a
            for node in source.tree.body
            if isinstance(node, ast.ImportFrom)
            for a in node.names
            if source.span(finding.span)[0] == source.at(a.lineno, a.col_offset)
        ),
        None,
    )
    # The analyzer speaks of an alias only where the name is one of the package's own.
    if found is None or found.asname or "redundant alias" not in finding.message:
        return None
    end = source.at(found.end_lineno or found.lineno, found.end_col_offset or 0)
    return [Edit(end, end, f" as {found.name}")]
