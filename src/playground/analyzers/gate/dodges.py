"""Dodges: ways to make a finding go away that repair nothing.

Everything is measured relative to the file before, so that what a person wrote is never held
against a change, and relative to the rule, so that its own prescription is no dodge.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from playground.analyzers.gate.cheats import (
    answers,
    closed,
    conservation,
    dead,
    defaults,
    deletion,
    demands,
    discard,
    dynamics,
    exact,
    guards,
    injection,
    keeping,
    logic,
    loops,
    moving,
    overwriting,
    placeholders,
    repetition,
    results,
    sameness,
    settings,
    silence,
    swallow,
    unused,
    weaken,
)
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import last_name
from playground.analyzers.gate.footprints import beyond
from playground.analyzers.gate.view import ChangeView, Part
from playground.domain.findings import Finding
from playground.domain.verdicts import How, Objection

_SUPPRESSING = frozenset({"dodge:suppression", "dodge:type-comment", "dodge:no-type-check"})
_DELETING = frozenset({"dodge:deleted", "dodge:guard-removed"})
_SHAPES = (
    ast.Pass, ast.Continue, ast.Break, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
    ast.Lambda,
)  # fmt: skip


def objections(view: ChangeView, *, rule: str = "", request: bool = False) -> list[Objection]:
    """Returns the dodges that a change brings in, at most one for each code.

    Args:
        view: the file before and after.
        rule: id of the rule that the change is meant to repair; its own prescription passes.
        request: whether a person asked for the change in words; then calls, checks and constants
            may change, but nothing may be silenced, stubbed, hidden or made unreachable.

    Returns:
        Objections with codes "dodge:" plus suppression, type-comment, any, cast, no-type-check,
        discard, export, dead-branch, unreachable, platform, stub, deleted, guard-removed, swallow,
        weakened, dynamic, dummy, invented or beyond; plus config for files of settings. Empty for
        all other files that are not Python.
    """
    if not view.is_python:
        return list(settings.weakenings(view))
    if view.before == view.after:
        return []
    return list(_first_of_each(view, rule, request))


@lru_cache(maxsize=8)
def _first_of_each(view: ChangeView, rule: str, request: object) -> tuple[Objection, ...]:
    """Keeps its answers: every vanished finding of a change asks again."""
    first: dict[str, Objection] = {}
    for objection in _all(view, rule=Prescription(rule), request=bool(request)):
        first.setdefault(objection.code, objection)
    return tuple(first.values())


def _all(view: ChangeView, *, rule: Prescription, request: bool) -> Iterator[Objection]:
    yield from silence.comments(view)
    if not view.comparable or exact.is_prescribed(view, rule=rule):
        return
    yield from silence.types(view, rule=rule, request=request)
    yield from dead.branches(view, rule=rule)
    yield from dynamics.lookups(view, rule=rule)
    yield from dynamics.dummies(view)
    yield from deletion.stubs(view, rule=rule)
    yield from weaken.switches(view, rule=rule)
    yield from swallow.errors(view, rule=rule)
    if request:
        return
    yield from dynamics.disguises(view, rule=rule)
    yield from dynamics.mappings(view, rule=rule)
    yield from dynamics.substitutes(view, rule=rule)
    yield from dynamics.pretences(view, rule=rule)
    yield from injection.texts(view, rule=rule)
    yield from discard.uses(view, rule=rule)
    yield from discard.exports(view, rule=rule)
    yield from deletion.removals(view, rule=rule)
    yield from guards.protections(view, rule=rule)
    yield from weaken.flips(view, rule=rule)
    yield from results.inventions(view, rule=rule)
    yield from results.refusals(view, rule=rule)
    yield from defaults.values(view, rule=rule)
    yield from loops.turns(view, rule=rule)
    yield from overwriting.values(view)
    yield from unused.leftovers(view, rule=rule)
    yield from answers.missing(view, rule=rule)
    yield from demands.dangers(view, rule=rule)
    yield from sameness.words(view, rule=rule)
    yield from logic.decisions(view, rule=rule)
    yield from keeping.unpacking(view)
    yield from keeping.values(view, rule=rule)
    yield from exact.others(view, rule=rule)
    yield from closed.used_after(view, rule=rule)
    yield from beyond.steps(view, rule=rule)


def losses(view: ChangeView, finding: Finding) -> list[Objection]:
    """Returns what the repair of a finding loses that the code worked with, or writes twice.

    Args:
        view: the finding's file before and after.
        finding: its rule and its message say what may be replaced.
    """
    if not view.comparable:
        return []
    rule = Prescription(finding.rule)
    if exact.is_prescribed(view, rule=rule):
        return []
    return [
        *conservation.losses(view, rule=rule, message=finding.message),
        *placeholders.mismatches(view, rule=rule),
        *repetition.copies(view),
    ]


def classify(view: ChangeView, finding: Finding, *, beside: Sequence[ChangeView] = ()) -> How:
    """Says how a finding that is gone went away.

    Args:
        view: the finding's file before and after.
        finding: as it was reported for the file before.
        beside: all changed files; the finding may have moved to one, or one may loosen settings.
    """
    if not view.comparable:
        return How.UNKNOWN
    found = objections(view, rule=finding.rule)
    if finding.message:
        found += losses(view, finding)
    codes = {objection.code for objection in found}
    if codes & _SUPPRESSING:
        return How.SUPPRESSED
    others = [other for other in beside if other.path != view.path]
    if any(True for other in others for _ in settings.weakenings(other)):
        return How.CONFIG_WEAKENED
    if moving.is_elsewhere(view, finding, others=others, likely=bool(codes)):
        return How.MOVED
    if codes:
        deleted = codes & _DELETING and "dodge:stub" not in codes and _is_less(view)
        return How.DELETED if deleted else How.LAUNDERED
    return How.REPAIRED


def _is_less(view: ChangeView) -> bool:
    """Whether nothing stands in the place of what is gone: no new call, name or constant."""
    return not _brought(view.new_part) - _brought(view.old_part)


def _brought(part: Part) -> set[str]:
    found: set[str] = set()
    for node in part.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            found.add(last_name(node))
        elif isinstance(node, ast.Constant) and not isinstance(node.value, str):
            found.add(repr(node.value))
        elif isinstance(node, _SHAPES):
            found.add(type(node).__name__)
    return found
