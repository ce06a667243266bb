"""One recipe from several approved edits of one shape.

The method is anti-unification (Plotkin 1970; for edits: Getafix, Bader et al. 2019): where all
edits agree their code stays, where they differ a variable takes its place, and equal differences
get the same variable, before and after. What an edit leaves as it was becomes one variable however
it looks inside. A pattern whose after needs what its before does not bind is tried again one level
further out.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from playground.domain.findings import Span
from playground.domain.recipes.edits import Edit, Lesson, edit_levels, shape_of, shown
from playground.domain.recipes.forms import form_of
from playground.domain.recipes.generalising import NotGeneral, generalised
from playground.domain.recipes.patterns import Kind, Recipe, UnusableRecipe, compiled
from playground.domain.recipes.rewriting import rewritten_by
from playground.domain.syntax import PARSE_ERRORS, parse

PAIRS_MIN = 3
FILES_MIN = 2
PAIRS_MAX = 24
"""Pairs that one recipe is made from at most; more make it no more general and cost time."""
_LEVELS_MAX = 4


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many approved edits make a recipe, and from how many different files."""

    pairs_min: int = PAIRS_MIN
    files_min: int = FILES_MIN


def recipes_from(lessons: Sequence[Lesson], *, threshold: Threshold | None = None) -> list[Recipe]:
    """Returns what can be learned, as first versions, in the order of their ids.

    The order of the lessons does not matter. Every recipe gives back, up to the layout, each pair
    that it names.
    """
    bound = threshold or Threshold()
    groups: dict[tuple[str, ...], list[_Member]] = {}
    for lesson in sorted(set(lessons), key=lambda one: one.id):
        levels = edit_levels(lesson)
        if levels:
            key = (lesson.tool, lesson.rule, shape_of(levels[-1], names=False))
            groups.setdefault(key, []).append((lesson, levels))
    found: dict[str, Recipe] = {}
    for key in sorted(groups):
        whole, *parts = _partitions(groups[key])
        recipe = _learned(whole, bound)
        for made in [recipe] if recipe else [_learned(part, bound) for part in parts]:
            if made is not None:
                found[made.id] = made
    return [found[key] for key in sorted(found)]


_Member = tuple[Lesson, list[Edit]]


@dataclass(frozen=True, slots=True)
class _Group:
    """Lessons of one shape; the shape names the recipe, so that a better version keeps its id."""

    shape: str
    members: tuple[_Member, ...]


def _partitions(group: list[_Member]) -> list[_Group]:
    """Returns the group, then its parts in which also the names of the edits agree."""
    parts: dict[str, list[_Member]] = {}
    for one in group:
        parts.setdefault(shape_of(one[1][-1], names=True), []).append(one)
    whole = _Group(shape_of(group[0][1][-1], names=False), tuple(group[:PAIRS_MAX]))
    some = [
        _Group(shape, tuple(part[:PAIRS_MAX]))
        for shape, part in sorted(parts.items())
        if len(part) < len(group)
    ]
    return [whole, *some]


def _enough(lessons: Sequence[Lesson], bound: Threshold) -> bool:
    files = {(lesson.root, lesson.path) for lesson in lessons}
    return len(lessons) >= bound.pairs_min and len(files) >= bound.files_min


def _learned(group: _Group, bound: Threshold) -> Recipe | None:
    lessons = [lesson for lesson, _ in group.members]
    if not _enough(lessons, bound):
        return None
    depth = min(len(levels) for _, levels in group.members)
    for level in range(1, min(depth, _LEVELS_MAX) + 1):
        edits = [levels[-level] for _, levels in group.members]
        if len({edit.unit for edit in edits}) > 1:
            continue
        try:
            recipe = _recipe(group.shape, lessons, edits=edits)
            compiled(recipe)
        except (NotGeneral, UnusableRecipe, *PARSE_ERRORS):
            continue
        kept = tuple(
            (lesson, levels)
            for (lesson, levels), edit in zip(group.members, edits, strict=True)
            if reproduces(recipe, lesson, line=edit.line)
        )
        if len(kept) == len(lessons):
            return recipe
        # A comment in the way, say, keeps single pairs from being given back; the others may do.
        some = _learned(_Group(group.shape, kept), bound)
        if some is not None:
            return some
    return None


def _recipe(shape: str, lessons: Sequence[Lesson], *, edits: Sequence[Edit]) -> Recipe:
    made = generalised(edits)
    first = lessons[0]
    before, after = (shown(side, edits[0].unit) for side in (made.before, made.after))
    variables: tuple[tuple[str, Kind], ...] = tuple(sorted(made.kinds.items()))
    told = hashlib.sha256(f"{first.tool}\0{first.rule}\0{shape}".encode()).hexdigest()
    plain = f"{first.tool}-{first.rule}".lower()
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in plain)
    return Recipe(
        id=f"{name[:60].strip('-')}-{told[:8]}",
        version=1,
        tool=first.tool,
        rule=first.rule,
        unit=edits[0].unit,
        before=before,
        after=after,
        variables=variables,
        episodes=tuple(lesson.id for lesson in lessons),
    )


def reproduces(recipe: Recipe, lesson: Lesson, *, line: int) -> bool:
    """Whether the recipe makes of the lesson's code what was approved, up to the layout."""
    code = lesson.whole(lesson.before)
    lines = code.split("\n")
    span = Span(line, _indent(lines[line - 1]) + 1, line, len(lines[line - 1]) + 1)
    result = rewritten_by(recipe, code, span=span)
    wanted = parse(lesson.whole(lesson.after))
    made = None if result is None else parse(result)
    return made is not None and wanted is not None and _same(made, wanted)


def _same(left: ast.Module, right: ast.Module) -> bool:
    return form_of(left) == form_of(right)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
