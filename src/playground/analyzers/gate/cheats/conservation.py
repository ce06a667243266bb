"""Repairs that lose what the code worked with: a name, an attribute or a text that is gone.

A wrong value of the right type is the commonest way to please a type checker: the subscript is
dropped, the operand left out, the argument removed. A repair of these rules guards, converts,
renames or adds; whatever the changed lines read before, the lines in their place must still read.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Iterable, Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.view import ChangeView, Side
from playground.domain.verdicts import Objection

_CONSERVING = (
    "report", "B023", "B904", "B905", "B034", "F50", "F52", "F821", "PLE12", "PLE13", "S113",
    "S608", "PLW1510", "DTZ", "B005", "PLW1508",
)  # fmt: skip
_REMOVING = (
    "reportRedeclaration", "reportUnused", "reportSelfClsParameterName", "reportUnreachable",
    "reportUnnecessary", "reportUnsupportedDunderAll", "reportNoOverloadImplementation",
)  # fmt: skip
_BUILTINS = frozenset(dir(builtins))
_ACCESSORS = frozenset(
    {"strip", "lstrip", "rstrip", "get", "group", "format", "cast", "Optional", "Any", "Union"}
)
_SMALL = frozenset({0, 1, -1, 2})
_WORD = re.compile(r"[^\W_]+|%+")


def losses(view: ChangeView, *, rule: Prescription, message: str = "") -> Iterator[Objection]:
    """Yields at most one objection: what the changed lines read before and no longer do.

    Args:
        view: the file before and after.
        rule: the rule that the change repairs; one that asks for removing things allows it.
        message: the finding's text; what it names may be replaced.
    """
    if not rule.one_of(*_CONSERVING) or rule.one_of(*_REMOVING):
        return
    old, new = _changed_lines(view)
    before, after = set(_read(view.old, old)), set(_read(view.new, new))
    named = set(re.findall(r"\w+", message))
    lost = {word for word in before - after if word not in named}
    if lost:
        word = min(lost)
        yield Objection(
            "dodge:lost", f"The repair no longer uses {word!r}, which the code worked with."
        )


def _changed_lines(view: ChangeView) -> tuple[set[int], set[int]]:
    """Returns the numbers, from 1, of the lines that only one side has."""
    matcher = difflib.SequenceMatcher(a=view.old.lines, b=view.new.lines, autojunk=False)
    old: set[int] = set()
    new: set[int] = set()
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            old.update(range(i1 + 1, i2 + 1))
            new.update(range(j1 + 1, j2 + 1))
    return old, new


def _read(side: Side, lines: set[int]) -> Iterator[str]:
    """Yields what expressions on these lines read: names, attributes, words and numbers."""
    for node in side.nodes:
        if getattr(node, "lineno", 0) in lines or getattr(node, "end_lineno", 0) in lines:
            yield from _of(node)


def _of(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name not in _BUILTINS:
            return (name,)
        case ast.Attribute(attr=name, ctx=ast.Load()) if name not in _ACCESSORS:
            return (name,)
        case ast.Constant(value=str(text)):
            return _WORD.findall(text)
        case ast.Constant(value=int() | float() as number) if number not in _SMALL:
            return (repr(number),)
        case _:
            return ()
