"""Repairs of classes: what they are without saying so."""

from __future__ import annotations

import ast

from playground.domain.findings import Finding
from playground.domain.regions import first_line
from playground.domain.repairs.naming import declared, last_word
from playground.domain.repairs.places import named
from playground.domain.repairs.source import FUNCTIONS, Edit, Source, walked

_MADE_OTHERWISE = frozenset({"NamedTuple", "TypedDict", "Protocol", "Structure", "Union"})
"""Bases that read what their subclasses declare."""


def unhashable(source: Source, finding: Finding) -> list[Edit] | None:
    """PLW1641: a class that compares and has no hash says that it has none."""
    owner = source.around(finding.span, ast.ClassDef)
    if owner is None or owner.keywords:
        return None
    if any(last_word(base) in _MADE_OTHERWISE for base in owner.bases):
        return None
    compares = any(isinstance(n, ast.FunctionDef) and n.name == "__eq__" for n in owner.body)
    if not compares or _mentions(owner, "__hash__"):
        return None
    told = named(source, module="typing", name="ClassVar")
    documented = ast.get_docstring(owner, clean=False) is not None
    first = owner.body[1 if documented else 0]
    indent = source.indent(first)
    if told is None or indent is None or first_line(first) == owner.lineno:
        return None
    edits, name = told
    line = f"__hash__: {name}[None]"
    if documented:
        doc = owner.body[0]
        at = source.line_start((doc.end_lineno or doc.lineno) + 1)
        rest = source.text[source.end(doc) : at].strip()
        if rest and not rest.startswith("#"):
            return None
        gap = "" if source.text[at : at + 1] == "\n" else "\n"
        return [*edits, Edit(at, at, f"\n{indent}{line}\n{gap}")]
    at = source.line_start(first_line(first))
    gap = "\n" if isinstance(first, (*FUNCTIONS, ast.ClassDef)) else ""
    return [*edits, Edit(at, at, f"{indent}{line}\n{gap}")]


def _mentions(owner: ast.ClassDef, name: str) -> bool:
    return any(
        (isinstance(n, ast.Name) and n.id == name)
        or (isinstance(n, ast.Constant) and n.value == name)
        or name in declared(n)
        for n in walked(owner)
    )
