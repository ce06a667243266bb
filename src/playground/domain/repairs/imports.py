"""Repairs of star imports."""

from __future__ import annotations

import ast
import re

from playground.domain.findings import Finding
from playground.domain.repairs.source import Edit, Source

_NAME = re.compile(r"`(\w+)`")
_STARS_MAX = 1


def named_import(source: Source, finding: Finding) -> list[Edit] | None:
    """F405: a name that a star import brings is imported by its name too."""
    found = _NAME.match(finding.message)
    stars = [
        n
        for n in source.tree.body
        if isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names)
    ]
    if found is None or len(stars) != _STARS_MAX:
        return None
    star = stars[0]
    end = source.line_start((star.end_lineno or star.lineno) + 1)
    if source.text[source.end(star) : end].strip():
        return None
    module = f"{'.' * star.level}{star.module or ''}"
    ended = "" if source.text[:end].endswith("\n") else "\n"
    return [Edit(end, end, f"{ended}from {module} import {found[1]}\n")]


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
