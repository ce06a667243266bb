"""Dodges: ways to make a finding go away that repair nothing.

Everything is measured relative to the file before, so that what a person wrote is never held
against a change, and relative to the rule, so that its own prescription is no dodge.
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.analyzers.gate.cheats import (
    answers,
    dead,
    defaults,
    deletion,
    discard,
    dynamics,
    guards,
    injection,
    loops,
    results,
    settings,
    silence,
    swallow,
    unused,
    weaken,
)
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.view import ChangeView, Side
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, normalised
from playground.domain.regions import enclosing_symbol
from playground.domain.verdicts import How, Objection

_SUPPRESSING = frozenset({"dodge:suppression", "dodge:type-comment", "dodge:no-type-check"})
_DELETING = frozenset({"dodge:stub", "dodge:deleted", "dodge:guard-removed"})


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
        weakened, dynamic, dummy or invented. Empty for files that are not Python.
    """
    if not view.is_python:
        return list(settings.weakenings(view))
    if view.before == view.after:
        return []
    first: dict[str, Objection] = {}
    for objection in _all(view, rule=Prescription(rule), request=request):
        first.setdefault(objection.code, objection)
    return list(first.values())


def _all(view: ChangeView, *, rule: Prescription, request: bool) -> Iterator[Objection]:
    yield from silence.comments(view)
    if not view.comparable:
        return
    yield from silence.types(view, rule=rule, request=request)
    yield from dead.branches(view, rule=rule)
    yield from dynamics.lookups(view)
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
    yield from unused.leftovers(view, rule=rule)
    yield from answers.missing(view, rule=rule)


def classify(view: ChangeView, finding: Finding) -> How:
    """Says how a finding that is gone went away."""
    if not view.comparable:
        return How.UNKNOWN
    codes = {objection.code for objection in objections(view, rule=finding.rule)}
    if codes & _SUPPRESSING:
        return How.SUPPRESSED
    if codes & _DELETING:
        return How.DELETED
    if codes:
        return How.LAUNDERED
    return How.MOVED if _moved(view, finding) else How.REPAIRED


def _moved(view: ChangeView, finding: Finding) -> bool:
    """Whether the finding's line left its function or class and now stands in another one."""
    line = normalised(finding.line_text)
    if not line:
        return False
    before, after = _symbols_of(view.old, line), _symbols_of(view.new, line)
    return finding.symbol in before and finding.symbol not in after and bool(after - before)


def _symbols_of(side: Side, line: str) -> set[str]:
    tree = side.tree
    if tree is None:
        return set()
    return {
        enclosing_symbol(tree, number)
        for number, text in enumerate(split_lines(side.text), start=1)
        if normalised(text) == line
    }
