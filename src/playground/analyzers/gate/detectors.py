"""All pure detectors in a row: what can be said about a change from its text and syntax alone."""

from __future__ import annotations

from collections.abc import Sequence

from playground.analyzers.gate import dodges, imports, intake, placement, signatures
from playground.analyzers.gate.changes import Changes
from playground.analyzers.gate.imports import KnownImports
from playground.analyzers.gate.scope import SOURCES
from playground.analyzers.gate.view import ChangeView
from playground.domain import javascript
from playground.domain.candidates import Candidate
from playground.domain.tasks import Task, TaskKind
from playground.domain.verdicts import Objection


def at_the_door(views: Sequence[ChangeView]) -> list[Objection]:
    """Returns what forbids giving the changed texts to any analyzer."""
    return [
        _named(view, objection)
        for view in views
        for objection in intake.objections(view.before, view.after, language=_language(view))
    ]


def in_the_change(
    task: Task, *, candidate: Candidate, changes: Changes, known: KnownImports
) -> list[Objection]:
    """Returns dodges, broken signatures, unknown imports and changes in the wrong place."""
    rule = task.finding.rule if task.finding else ""
    found = list(placement.objections(task, candidate=candidate, bases=changes.bases))
    request = task.kind is TaskKind.REQUEST
    for view in changes.views:
        if not view.is_python:
            found += [_named(view, objection) for objection in dodges.objections(view)]
            continue
        if not view.path.endswith(SOURCES):
            found.append(
                Objection("not-analysed", f"No analyzer reads {view.path}; end it in .py.")
            )
        own = [
            *dodges.objections(view, rule=rule, request=request),
            *imports.objections(view, known),
        ]
        if task.finding is not None and task.finding.path == view.path:
            own += dodges.losses(view, task.finding)
        if not task.signatures_free:
            own += signatures.objections(view, rule=rule)
        found += [_named(view, objection) for objection in own]
    return list(dict.fromkeys(found))


def _language(view: ChangeView) -> str:
    if view.is_python:
        return "Python"
    return "script" if javascript.is_script(view.path) else ""


def _named(view: ChangeView, objection: Objection) -> Objection:
    if view.path in objection.message:
        return objection
    return Objection(objection.code, f"{view.path}: {objection.message}")
