"""Which built-in recipe answers which rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from playground.domain.findings import Finding
from playground.domain.repairs import (
    binding,
    classes,
    failing,
    files,
    imports,
    merging,
    optional,
    probing,
    renaming,
    retyping,
    wording,
)
from playground.domain.repairs.source import Edit, Source, comments_in, edited, leaves_comments
from playground.domain.syntax import PARSE_ERRORS, parse

BUILT_IN = "builtin-"
"""Begins the names of these recipes, and of no other."""

CODE_CHARS_MAX = 1_000_000

Transform = Callable[[Source, Finding], list[Edit] | None]


@dataclass(frozen=True, slots=True)
class Repair:
    """One built-in recipe.

    Attributes:
        name: as runs record it.
        tool: the analyzer whose findings it answers.
        rule: the rule whose findings it answers.
        transform: returns the edits of a file that repair a finding.
        says: what it does, in one sentence.
        drops_comments: whether comments may go away.
    """

    name: str
    tool: str
    rule: str
    transform: Transform
    says: str
    drops_comments: bool = False


_OPTIONAL = ("MemberAccess", "Subscript", "Operand", "Iterable", "Call", "ContextManager")
_RUFF: dict[str, Transform] = {
    "B007": renaming.unused_loop_name,
    "B008": binding.shared_default,
    "B015": probing.expected_error,
    "B018": probing.idle,
    "B020": renaming.hidden_iterable,
    "B023": binding.bound_loop_name,
    "B026": wording.stars_first,
    "B904": failing.with_cause,
    "E721": wording.types_by_identity,
    "E722": failing.named_handler,
    "E741": renaming.ambiguous,
    "ERA001": wording.commented_code,
    "F401": imports.reexported,
    "F403": imports.used_names,
    "F405": imports.named_import,
    "F601": wording.repeated_key,
    "PERF401": merging.appended,
    "PERF402": merging.appended,
    "PLR1704": renaming.hidden_argument,
    "PLW0127": wording.self_assigned,
    "PLW0602": wording.needless_global,
    "PLW1641": classes.unhashable,
    "PLW2901": renaming.overwritten_loop_name,
    "S110": failing.logged,
    "S112": failing.logged,
    "S324": wording.weak_hash,
    "SIM102": merging.nested_if,
    "SIM103": merging.returned_condition,
    "SIM108": merging.ternary,
    "SIM115": files.managed,
    "TRY203": failing.needless_try,
}
_PYRIGHT: dict[str, Transform] = {
    "reportArgumentType": retyping.argument,
    "reportAssignmentType": retyping.retyped,
    "reportGeneralTypeIssues": optional.asserted,
    "reportOperatorIssue": retyping.operand,
    "reportUnboundVariable": probing.outdated_probe,
    "reportUndefinedVariable": probing.outdated_probe,
    "reportUnusedExpression": probing.idle,
    "reportInvalidStringEscapeSequence": wording.escaped,
    "reportInvalidTypeVarUse": wording.prescribed_type,
    "reportReturnType": wording.also_none,
    "reportSelfClsParameterName": renaming.first_parameter,
    **{f"reportOptional{kind}": optional.asserted for kind in _OPTIONAL},
}


def _repair(tool: str, rule: str, transform: Transform) -> Repair:
    says = (transform.__doc__ or "").partition("\n")[0].partition(": ")[2]
    return Repair(f"{BUILT_IN}{rule.lower()}@1", tool, rule, transform, says, rule == "ERA001")


REPAIRS = (
    *(_repair("ruff", rule, transform) for rule, transform in _RUFF.items()),
    *(_repair("pyright", rule, transform) for rule, transform in _PYRIGHT.items()),
)


def repairs_for(*, tool: str, rule: str) -> tuple[Repair, ...]:
    """Returns the built-in recipes for a rule."""
    return tuple(r for r in REPAIRS if (r.tool, r.rule) == (tool, rule))


def repaired(repair: Repair, text: str, *, finding: Finding) -> str | None:
    """Returns the text with the finding repaired, None where the recipe does not fit.

    What it returns parses and has every comment that the text had.
    """
    return _repaired(repair, text, finding) if len(text) <= CODE_CHARS_MAX else None


@lru_cache(maxsize=8)  # a run asks first whether a recipe fits, and then for what it makes
def _repaired(repair: Repair, text: str, finding: Finding) -> str | None:
    plain = text.replace("\r\n", "\n")
    source = Source.of(plain)
    if source is None:
        return None
    try:
        edits = repair.transform(source, finding)
        result = edited(plain, edits) if edits else None
    except PARSE_ERRORS:
        return None
    if not edits or result is None or result == plain or parse(result) is None:
        return None
    if not repair.drops_comments and not _keeps_comments(plain, result, edits):
        return None
    return result.replace("\n", "\r\n") if plain != text else result


def _keeps_comments(before: str, after: str, edits: list[Edit]) -> bool:
    return leaves_comments(before, edits) or comments_in(after) == comments_in(before)
