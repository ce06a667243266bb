"""What an approved repair changed: the smallest pieces of code, from the inside out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import cast

from playground.domain.recipes.forms import form_of, forms_in
from playground.domain.recipes.matching import position
from playground.domain.recipes.patterns import Unit, laid_out
from playground.domain.syntax import parse

_LEAD = "if True:\n"
_REGION_CHARS_MAX = 40_000


@dataclass(frozen=True, slots=True)
class Lesson:
    """An approved repair.

    Attributes:
        id: of the episode.
        root: the repository.
        path: the file.
        tool: of the finding.
        rule: of the finding.
        before: the region's text.
        after: the same region's text afterwards.
    """

    id: str
    root: str
    path: str
    tool: str
    rule: str
    before: str
    after: str

    @staticmethod
    def whole(text: str) -> str:
        """Returns a region's text as a module: indented code stands below an `if`."""
        return _LEAD + text if text[:1] in {" ", "\t"} else text


@dataclass(frozen=True)
class Edit:
    """One level of an edit: these nodes became those.

    Attributes:
        unit: what they are.
        before: one expression or handler, or neighbouring statements; never empty.
        after: the same for the approved code.
        line: where it begins, in the whole text of the lesson, from 1.
        column: of the same place, from 0, in bytes.
    """

    unit: Unit
    before: tuple[ast.AST, ...]
    after: tuple[ast.AST, ...]
    line: int
    column: int


def edit_levels(lesson: Lesson) -> list[Edit]:
    """Returns the edit from the outermost to the innermost level; empty when it is none."""
    if max(len(lesson.before), len(lesson.after)) > _REGION_CHARS_MAX:
        return []
    before, after = parse(lesson.whole(lesson.before)), parse(lesson.whole(lesson.after))
    if before is None or after is None:
        return []
    found: list[Edit] = []
    try:
        _blocks(list(before.body), list(after.body), found)
    except RecursionError:
        return []
    return found


def _blocks(before: list[ast.AST], after: list[ast.AST], found: list[Edit]) -> None:
    """Goes into two blocks of statements, or of handlers, that differ."""
    left, right = [form_of(n) for n in before], [form_of(n) for n in after]
    head = 0
    while head < min(len(left), len(right)) and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < min(len(left), len(right)) - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not old:
        return
    handlers = isinstance(old[0], ast.ExceptHandler)
    if handlers and not (len(old) == len(new) == 1):
        return
    found.append(_edit(Unit.HANDLER if handlers else Unit.STATEMENTS, old, new))
    if len(old) == len(new) == 1 and type(old[0]) is type(new[0]):
        _inside(old[0], new[0], found)


def _edit(unit: Unit, old: list[ast.AST], new: list[ast.AST]) -> Edit:
    line, column = position(old[0])
    return Edit(unit, tuple(old), tuple(new), line, column)


def _inside(old: ast.AST, new: ast.AST, found: list[Edit]) -> None:
    """Goes into two nodes of one type as long as exactly one part of them differs."""
    differing = [
        (getattr(old, name, None), getattr(new, name, None))
        for name in old._fields
        if form_of(getattr(old, name, None)) != form_of(getattr(new, name, None))
    ]
    if len(differing) != 1 or isinstance(old, ast.JoinedStr):
        return
    match differing[0]:
        case ast.expr() as left, ast.expr() as right:
            _expressions(left, right, found)
        case [*_] as left, [*_] as right if left and right:
            _lists(cast("list[ast.AST]", left), cast("list[ast.AST]", right), found)
        case ast.AST() as left, ast.AST() as right if type(left) is type(right):
            _inside(left, right, found)
        case _:
            return


def _lists(old: list[ast.AST], new: list[ast.AST], found: list[Edit]) -> None:
    if isinstance(old[0], ast.stmt | ast.ExceptHandler):
        _blocks(old, new, found)
        return
    pairs = [(a, b) for a, b in zip(old, new, strict=False) if form_of(a) != form_of(b)]
    if len(old) != len(new) or len(pairs) != 1:
        return
    left, right = pairs[0]
    if isinstance(left, ast.expr) and isinstance(right, ast.expr):
        _expressions(left, right, found)
    elif type(left) is type(right):  # keywords, with items, …
        _inside(left, right, found)


def _expressions(old: ast.expr, new: ast.expr, found: list[Edit]) -> None:
    loads = isinstance(getattr(old, "ctx", ast.Load()), ast.Load)
    if loads and not isinstance(old, ast.Starred):
        found.append(_edit(Unit.EXPRESSION, [old], [new]))
    if type(old) is type(new):
        _inside(old, new, found)


# ── shapes ───────────────────────────────────────────────────────────────────────────────────


def shape_of(edit: Edit, *, names: bool) -> str:
    """Returns what two edits must share to be of one kind.

    What an edit leaves as it was counts as one hole. Constants count by their type.

    Args:
        edit: the innermost level.
        names: whether names that the edit touches must agree too.
    """
    kept = _kept(edit)
    sides = (edit.before, edit.after)
    told = [_Shape(kept, names=names).of(list(side)) for side in sides]
    return f"{edit.unit.value} {told[0]} > {told[1]}"


def _kept(edit: Edit) -> frozenset[object]:
    old = {form for node in edit.before for form in forms_in(node)}
    new = {form for node in edit.after for form in forms_in(node)}
    return frozenset(old & new)


@dataclass(frozen=True)
class _Shape:
    kept: frozenset[object]
    names: bool

    def of(self, value: object) -> str:
        if isinstance(value, list):
            items = [self.of(item) for item in cast("list[object]", value)]
            # a run of holes is one hole, so that long and short blocks are of one shape
            return "[" + re.sub(r"_(,_)+", "_", ",".join(items)) + "]"
        if not isinstance(value, ast.AST):
            return "-" if isinstance(value, str) and not self.names else repr(value)
        if isinstance(value, ast.expr | ast.stmt | ast.arguments) and form_of(value) in self.kept:
            return "_"
        match value:
            case ast.Name(id=name):
                return name if self.names else "n"
            case ast.Constant(value=constant):
                told = constant is None or isinstance(constant, bool)
                return repr(constant) if told else type(constant).__name__
            case _:
                left_out = {"ctx", "type_comment", "kind"}
                parts = [
                    self.of(getattr(value, f, None)) for f in value._fields if f not in left_out
                ]
                return f"{type(value).__name__}({','.join(parts)})"


def shown(nodes: tuple[ast.AST, ...], unit: Unit) -> str:
    """Returns nodes as the text of a pattern.

    Raises:
        ValueError: the nodes are no code.
    """
    if unit is Unit.HANDLER:
        handlers = [node for node in nodes if isinstance(node, ast.ExceptHandler)]
        around = ast.Try(body=[ast.Pass()], handlers=handlers, orelse=[], finalbody=[])
        text = ast.unparse(ast.fix_missing_locations(around))
        return text.removeprefix(laid_out("", unit)) + "\n"
    return "".join(f"{ast.unparse(ast.fix_missing_locations(node))}\n" for node in nodes)
